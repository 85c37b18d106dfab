// Must be imported before anything that parses with zod: its compiled parsers need eval, which the CSP refuses (and reports).
import { z } from 'zod';

z.config({ jitless: true });
