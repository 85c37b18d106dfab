// argv -> command. Each command is one file in cli/ and is loaded only when it runs.
// Exit codes: 0 done; 1 the answer is no (faults found, chain broken, denied); 2 could not start (configuration, usage).
import { Command, CommanderError } from 'commander';
import { addEvidenceCommands } from './cli/evidenceCommands.ts';
import { VERSION } from './version.ts';

const program = new Command('sallyport')
  .description('A privileged-access gateway for MDM consoles.')
  .version(VERSION)
  .showHelpAfterError('Add --help for what is possible.')
  .exitOverride();

const configOption = ['-c, --config <file>', 'the configuration', 'sallyport.yaml'] as const;

program
  .command('serve')
  .description('run the gateway')
  .option(...configOption)
  .action(async (options: { config: string }) => {
    process.exitCode = await (await import('./cli/serve.ts')).serve(options);
  });

program
  .command('check')
  .description('check the configuration, the policies and the packs; says all faults at once')
  .option(...configOption)
  .option('--json', 'machine-readable')
  .action(async (options: { config: string; json?: boolean }) => {
    process.exitCode = await (await import('./cli/check.ts')).check(options);
  });

program
  .command('openapi')
  .description("print the description of the portal's API (OpenAPI 3.1)")
  .action(async () => {
    process.exitCode = (await import('./cli/openapi.ts')).openapi(VERSION);
  });

program
  .command('demo')
  .description('start the demo: identity provider, console, gateway')
  .option('--port <number>', 'the gateway listens here; the identity provider 10 above, the console 11 above', '8080')
  .option('--data <folder>', 'where the demo keeps its data', 'data')
  .option('--fresh', 'forget the data of earlier runs')
  .option('--tour', 'play the whole story in a headless browser, with a screenshot of each step')
  .option('--pictures <folder>', 'where the tour puts its screenshots', 'data/tour')
  .action(async (options: { port: string; data: string; fresh?: boolean; tour?: boolean; pictures: string }) => {
    process.exitCode = await (await import('./cli/demo.ts')).demo(options);
  });

const identityOption = ['--identity <file...>', 'a file with an age identity, instead of the configured ones'] as const;

const pack = program.command('pack').description('the packs: what the requests of each product mean');
pack
  .command('test <pack>')
  .description('check one pack and run its samples')
  .option('--packs <folder>', 'the folder of packs, instead of the one that comes with Sallyport')
  .option('--policies <folder>', 'the folder of policies, instead of the one that comes with Sallyport')
  .option('--json', 'machine-readable')
  .action(async (name: string, options: { packs?: string; policies?: string; json?: boolean }) => {
    process.exitCode = await (await import('./cli/packTest.ts')).packTest(name, options);
  });
pack
  .command('schema')
  .description('print the JSON Schema of pack.yaml, for editors')
  .action(async () => {
    process.exitCode = (await import('./cli/packSchema.ts')).packSchema();
  });
pack
  .command('learn <file>')
  .description(
    'propose entries for requests that a pack does not know, from a HAR file, a recording or a folder of them',
  )
  .requiredOption('--pack <id>', 'the pack that they are for')
  .option('--packs <folder>', 'the folder of packs, instead of the one that comes with Sallyport')
  .option(
    '--from <where>',
    'the origin (HAR) or console id (recordings), when there are several; default: most requests',
  )
  .option(...identityOption)
  .option('--out <file>', 'write the proposal here instead of printing it')
  .action(async (file: string, options: import('./cli/packLearn.ts').LearnOptions) => {
    process.exitCode = await (await import('./cli/packLearn.ts')).packLearn(file, options);
  });
pack
  .command('coverage')
  .description('say from the recordings which requests were unknown, how often, and from which page')
  .option(...configOption)
  .option('--data <folder>', 'a data folder, instead of a configuration')
  .option(...identityOption)
  .option('--since <time>', 'only the last days, hours or minutes, such as 7d, 12h, 30m')
  .option('--json', 'machine-readable')
  .action(async (options: import('./cli/packCoverage.ts').CoverageOptions) => {
    process.exitCode = await (await import('./cli/packCoverage.ts')).packCoverage(options);
  });

const audit = program.command('audit').description('the audit journal');
audit
  .command('verify')
  .description('check the hash chain, the signatures in it and the ledger that seals it; says what is wrong and where')
  .option(...configOption)
  .option('--data <folder>', 'a data folder with an embedded Redis, instead of a configuration')
  .option('--file <file>', 'an exported journal (JSON lines) instead of the live one')
  .option('--checkpoints <file>', 'heads of the journal that were kept elsewhere (JSON lines)')
  .option('--ledger <folder>', 'the ledger, when it is not where the configuration or the data folder has it')
  .option('--key <verifier...>', "the ledger's verifier key, or a file that holds it")
  .option('--json', 'machine-readable')
  .action(async (options: import('./cli/auditVerify.ts').AuditVerifyOptions) => {
    process.exitCode = await (await import('./cli/auditVerify.ts')).auditVerify(options);
  });

const ledger = program.command('ledger').description('the sealed, signed form of the journal');
const ledgerData = ['--data <folder>', 'a data folder, instead of a configuration'] as const;
const ledgerFrom = ['--from <place>', "a folder with the ledger's files, or an address that serves them"] as const;
const ledgerKeys = [
  '--key <verifier...>',
  'verifier keys of the ledger and its witnesses, or files that hold one',
] as const;
ledger
  .command('key')
  .description("show the ledger's verifier key: give it to whoever shall check what you hand out")
  .option(...configOption)
  .option(...ledgerData)
  .option('--new <name>', 'make a new private key (stdout) and show its verifier key (stderr)')
  .option('--witness', 'with --new: a key for a witness')
  .action(async (options: import('./cli/ledgerKey.ts').LedgerKeyOptions) => {
    process.exitCode = await (await import('./cli/ledgerKey.ts')).ledgerKey(options);
  });
ledger
  .command('rotate-key')
  .description('change the key of the ledger: the new one and the old one sign together, until --finish')
  .option(...configOption)
  .option('--finish', 'take the old key away, when every gateway signs with the new one')
  .action(async (options: import('./cli/ledgerRotate.ts').LedgerRotateOptions) => {
    process.exitCode = await (await import('./cli/ledgerRotate.ts')).ledgerRotate(options);
  });
ledger
  .command('verify')
  .description('check the whole sealed history: signatures, entries, tiles, and checkpoints that were kept elsewhere')
  .option(...configOption)
  .option(...ledgerData)
  .option(...ledgerFrom)
  .option(...ledgerKeys)
  .option('--kept <file...>', 'checkpoints that were kept elsewhere: files, or folders of them')
  .option('--json', 'machine-readable')
  .action(async (options: import('./cli/ledgerVerify.ts').LedgerVerifyOptions) => {
    process.exitCode = await (await import('./cli/ledgerVerify.ts')).ledgerVerify(options);
  });
ledger
  .command('prove <what>')
  .description(
    'write the proof that an event is in the ledger: number of its entry, or the id of an exchange, grant or hold',
  )
  .option(...configOption)
  .option(...ledgerData)
  .option(...ledgerFrom)
  .option(...ledgerKeys)
  .option('--out <folder>', 'write files there; without it, a single proof is printed')
  .action(async (what: string, options: import('./cli/ledgerProve.ts').LedgerProveOptions) => {
    process.exitCode = await (await import('./cli/ledgerProve.ts')).ledgerProve(what, options);
  });
ledger
  .command('check-proof <file>')
  .description('check a proof with nothing but the file and the keys')
  .requiredOption(...ledgerKeys)
  .option('--json', 'machine-readable')
  .action(async (file: string, options: { key: string[]; json?: boolean }) => {
    process.exitCode = await (await import('./cli/ledgerProve.ts')).ledgerCheckProof(file, options);
  });
ledger
  .command('witness')
  .description('watch a ledger for somebody else: cosign its checkpoint when it continues what was seen')
  .requiredOption('--key <file>', "the witness's private key, from ledger key --new <name> --witness")
  .requiredOption('--log <verifier>', "the ledger's verifier key, or a file that holds it")
  .requiredOption('--state <file>', 'where the checkpoint that was cosigned last stands')
  .option(...ledgerFrom)
  .option('--listen <host:port>', 'serve gateways that ask, instead of looking once')
  .action(async (options: import('./cli/ledgerWitness.ts').LedgerWitnessOptions) => {
    process.exitCode = await (await import('./cli/ledgerWitness.ts')).ledgerWitness(options);
  });

addEvidenceCommands(program, configOption);

const policy = program.command('policy').description('the policies');
const policiesOption = [
  '--policies <folder>',
  'the folder of policies, instead of the ones that come with Sallyport',
] as const;
const packsOption = ['--packs <folder>', 'the folder of packs, for its vocabulary'] as const;
policy
  .command('explain')
  .description('say how one request would be decided, and why')
  .requiredOption('--groups <list>', 'groups of the person, separated by commas')
  .requiredOption('--action <name>', 'such as device.wipe')
  .option('--console <id>', 'the console', 'mdm')
  .option('--targets <list>', 'such as device:d-0142,device:d-0007', '')
  .option('--risk <risk>', 'as the pack raised it: read, low, high or destructive')
  .option('--devices <number>', 'how many devices it hits in truth')
  .option('--step-up-age <seconds>', 'seconds since the last fresh step-up')
  .option('--signed', 'suppose that this very request was signed')
  .option('--granted', 'suppose that an active grant covers it')
  .option('--approvals <number>', 'suppose that so many other people signed this very request')
  .option('--fact <name=value...>', 'any other fact, such as budget=spent, hour=22, networks=office')
  .option(...policiesOption)
  .option(...packsOption)
  .option('--json', 'machine-readable')
  .action(async (options: import('./cli/policyExplain.ts').ExplainOptions) => {
    process.exitCode = (await import('./cli/policyExplain.ts')).policyExplain(options);
  });
policy
  .command('test')
  .description('run case files against the policies')
  .option('--cases <folder>', 'the folder of cases; default: cases in the folder of policies')
  .option(...policiesOption)
  .option(...packsOption)
  .option('--json', 'machine-readable')
  .action(async (options: import('./cli/policyTest.ts').TestOptions) => {
    process.exitCode = (await import('./cli/policyTest.ts')).policyTest(options);
  });
policy
  .command('schema')
  .description('print the Cedar schema: what policies can speak of')
  .option(...packsOption)
  .action(async (options: { packs?: string }) => {
    process.exitCode = (await import('./cli/policySchema.ts')).policySchema(options);
  });
policy
  .command('replay')
  .description('say what another set of policies would have said to recorded requests, and whom it would hit')
  .requiredOption(...policiesOption)
  .option(...packsOption)
  .option(...configOption)
  .option('--data <folder>', 'a data folder, instead of a configuration')
  .option('--recordings <folder>', 'a folder of recordings, instead of a configuration')
  .option(...identityOption)
  .option('--since <time>', 'the last days, hours or minutes, such as 7d, 12h, 30m', '7d')
  .option('--json', 'machine-readable')
  .action(async (options: import('./cli/policyReplay.ts').ReplayOptions) => {
    process.exitCode = await (await import('./cli/policyReplay.ts')).policyReplay(options);
  });
policy
  .command('observed')
  .description('say what would have been refused on consoles that only observe')
  .option(...configOption)
  .option('--data <folder>', 'a data folder, instead of a configuration')
  .option('--recordings <folder>', 'a folder of recordings, instead of a configuration')
  .option(...identityOption)
  .option('--console <id>', 'one console only')
  .option('--since <time>', 'the last days, hours or minutes, such as 7d, 12h, 30m', '7d')
  .option('--json', 'machine-readable')
  .action(async (options: import('./cli/policyObserved.ts').ObservedOptions) => {
    process.exitCode = await (await import('./cli/policyObserved.ts')).policyObserved(options);
  });

const recordings = program.command('recordings').description('the recordings of sessions');
recordings
  .command('keygen')
  .description('make a key: recordings are written to its public half and read with the other')
  .action(async () => {
    process.exitCode = await (await import('./cli/recordings.ts')).recordingsKeygen();
  });
for (const [name, what] of [
  ['cat <session>', 'print everything that was recorded of a session, one JSON text a line'],
  ['verify [session]', 'check that recordings are whole and in order'],
] as const)
  recordings
    .command(name)
    .description(what)
    .option(...configOption)
    .option('--data <folder>', 'a data folder, instead of a configuration')
    .option('--recordings <folder>', 'a folder of recordings, instead of a configuration')
    .option(...identityOption)
    .option('--json', 'machine-readable')
    .action(async (session: string, options: import('./cli/recordings.ts').RecordingsOptions) => {
      const { recordingsCat, recordingsVerify } = await import('./cli/recordings.ts');
      process.exitCode = await (name.startsWith('cat') ? recordingsCat : recordingsVerify)(session, options);
    });

program
  .command('index')
  .description('the search index')
  .command('rebuild')
  .description('make it anew from the recordings; the gateway may not run')
  .option(...configOption)
  .option('--data <folder>', 'a data folder, instead of a configuration')
  .option(...identityOption)
  .action(async (options: import('./cli/recordedSpan.ts').FolderOptions) => {
    process.exitCode = await (await import('./cli/indexRebuild.ts')).indexRebuild(options);
  });

const notices = program.command('notices').description('messages to people outside the portal');
notices
  .command('test')
  .description('send a test message over each channel, and say what came back')
  .option(...configOption)
  .option('--channel <id>', 'only this channel')
  .option('--to <address>', 'for mail: where to; default: the first operator')
  .option('--json', 'machine-readable')
  .action(async (options: import('./cli/noticesTest.ts').NoticesTestOptions) => {
    process.exitCode = await (await import('./cli/noticesTest.ts')).noticesTest(options);
  });

const exporting = program.command('export').description('the journal on its way to other systems');
exporting
  .command('status')
  .description('say how far each destination is')
  .option(...configOption)
  .option('--json', 'machine-readable')
  .action(async (options: import('./cli/exportStatus.ts').ExportStatusOptions) => {
    process.exitCode = await (await import('./cli/exportStatus.ts')).exportStatus(options);
  });
exporting
  .command('replay <destination>')
  .description('send entries again, from a number on')
  .requiredOption('--from <number>', 'the first entry of the journal to send')
  .option(...configOption)
  .option('--json', 'machine-readable')
  .action(async (destination: string, options: import('./cli/exportReplay.ts').ExportReplayOptions) => {
    process.exitCode = await (await import('./cli/exportReplay.ts')).exportReplay(destination, options);
  });
exporting
  .command('test')
  .description('send an event that says it is a test to each destination, and say what came back')
  .option(...configOption)
  .option('--destination <id>', 'only this one')
  .option('--json', 'machine-readable')
  .action(async (options: import('./cli/exportTest.ts').ExportTestOptions) => {
    process.exitCode = await (await import('./cli/exportTest.ts')).exportTest(options);
  });

const report = program.command('report').description('what was done and approved in a period');
for (const [what, says] of [
  ['activity', 'who did what to which devices'],
  ['approvals', 'who approved what, how fast, and what was denied'],
] as const) {
  const command = report
    .command(what)
    .description(says)
    .option(...configOption)
    .option('--from <time>', 'such as 2026-11-01 (UTC); default: 30 days before the end')
    .option('--to <time>', 'such as 2026-12-01 (UTC); default: now')
    .option('--person <who>', 'one person only: id, or a part of the name')
    .option('--console <id>', 'one console only')
    .option('--format <form>', 'text, csv, json or html (a page to print)', 'text')
    .option('--out <file>', 'write it here instead of printing it');
  if (what === 'activity') command.option('--by <what>', 'summed up by person, device or action', 'person');
  command.action(async (options: import('./cli/reportMake.ts').ReportOptions) => {
    process.exitCode = await (await import('./cli/reportMake.ts')).reportMake(what, options);
  });
}

try {
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof CommanderError)) throw error;
  process.exitCode = error.exitCode === 0 ? 0 : 2;
}
