// For operators: is anything wrong, and what to do. Policies in force, what consoles that only observe would have refused,
// notices that did not arrive.
import { Page } from '../../components/Page.tsx';
import { Export } from './Export.tsx';
import { Notices } from './Notices.tsx';
import { Observed } from './Observed.tsx';
import { Policy } from './Policy.tsx';
import './operate.css';

export default function OperatePage() {
  return (
    <Page title="Operate" lead="What decides here, what it would refuse, and whether messages and exports arrive.">
      <Policy />
      <Observed />
      <Notices />
      <Export />
    </Page>
  );
}
