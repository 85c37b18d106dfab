// The commands about evidence and retention: what main.ts loads only the names of.
import type { Command } from 'commander';

export function addEvidenceCommands(program: Command, configOption: readonly [string, string, string]): void {
  const evidence = program.command('evidence').description('proof that stands without the gateway');
  evidence
    .command('export <kind> [id]')
    .description('one archive about: session <id>, grant <id>, hold <id>, or incident with --person, --from and --to')
    .requiredOption('--reason <text>', 'why: it stands in the ledger')
    .option('--out <file>', 'where the archive goes; default: a name in this folder')
    .option('--decrypt', 'add what is in the recordings as readable text')
    .option('--person <id>', 'for an incident: whose acts')
    .option('--from <time>', 'for an incident: 2026-03-01 or 2026-03-01T14:30:00Z')
    .option('--to <time>', 'for an incident: the same')
    .option(...configOption)
    .option('--json', 'machine-readable')
    .action(
      async (kind: string, id: string | undefined, options: import('./evidenceExport.ts').EvidenceExportOptions) => {
        process.exitCode = await (await import('./evidenceExport.ts')).evidenceExport(kind, id, options);
      },
    );
  evidence
    .command('verify <file>')
    .description('check an archive offline: the ledger, every signature, every recording in it')
    .requiredOption('--key <key...>', 'the key of the ledger, and of witnesses, or files that hold one')
    .option('--origin <origin>', "the portal's address, where signatures must have been made")
    .option('--rp-id <host>', "default: the host of the portal's address")
    .option('--unsigned-list', 'accept an archive of an earlier version, whose list of files nobody signed')
    .option('--json', 'machine-readable')
    .action(async (file: string, options: import('./evidenceVerify.ts').EvidenceVerifyOptions) => {
      process.exitCode = await (await import('./evidenceVerify.ts')).evidenceVerify(file, options);
    });

  const retention = program.command('retention').description('how long recordings are kept');
  retention
    .command('plan')
    .description('say which recordings would be deleted now, by which rule, and what keeps others')
    .option(...configOption)
    .option('--json', 'machine-readable')
    .action(async (options: import('./retention.ts').RetentionOptions) => {
      process.exitCode = await (await import('./retention.ts')).retention('plan', options);
    });
  retention
    .command('run')
    .description('delete them now; the gateway does so by itself every few hours')
    .option(...configOption)
    .option('--json', 'machine-readable')
    .action(async (options: import('./retention.ts').RetentionOptions) => {
      process.exitCode = await (await import('./retention.ts')).retention('run', options);
    });
  retention
    .command('holds')
    .description('list the legal holds')
    .option(...configOption)
    .option('--json', 'machine-readable')
    .action(async (options: import('./legalHold.ts').LegalHoldOptions) => {
      process.exitCode = await (await import('./legalHold.ts')).legalHolds(options);
    });
  retention
    .command('hold')
    .description('set a legal hold: what it names is not deleted until two people end it')
    .requiredOption('--reason <text>', 'why: it stands in the ledger')
    .option('--session <id>', 'one session')
    .option('--person <id>', 'all sessions of a person')
    .option('--console <id>', 'all sessions on a console')
    .option('--all', 'everything')
    .option(...configOption)
    .option('--json', 'machine-readable')
    .action(async (options: import('./legalHold.ts').SetOptions) => {
      process.exitCode = await (await import('./legalHold.ts')).setLegalHold(options);
    });
  retention
    .command('release <id>')
    .description('agree to the end of a legal hold; somebody else has to agree in the portal')
    .requiredOption('--reason <text>', 'why: it stands in the ledger')
    .option(...configOption)
    .option('--json', 'machine-readable')
    .action(async (id: string, options: import('./legalHold.ts').LegalHoldOptions & { reason: string }) => {
      process.exitCode = await (await import('./legalHold.ts')).releaseLegalHold(id, options);
    });
}
