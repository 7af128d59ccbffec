import { existsSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import type { Command } from 'commander'
import { loadConfig } from '../config.ts'
import type { Note, Outcome } from '../operate/compose/draft.ts'
import { printConfig } from '../operate/compose/print-config.ts'
import { readComposeFiles } from '../operate/compose/read-compose.ts'
import { translateCompose } from '../operate/compose/translate.ts'
import { formatFault, type ConfigFault } from '../yaml/fault.ts'
import type { Exit } from './program.ts'
import { printable } from './printable.ts'
import { ownTerminal, type Terminal } from './terminal.ts'
import { UsageError } from './usage-error.ts'

interface ImportOptions {
  readonly file?: readonly string[]
  readonly profile?: readonly string[]
  readonly envFile?: string
  readonly output?: string
  readonly force?: boolean
  readonly dryRun?: boolean
}

/** `vedette import compose FILE`. */
export function addImport(program: Command, exit: Exit): void {
  const command = program
    .command('import')
    .helpCommand(false)
    .summary('make a configuration out of an existing stack')
    .description('Makes a configuration out of an existing stack.')
  command
    .command('compose [file...]')
    .description(
      'Reads a docker-compose.yml with the monitoring programs in it and writes the vedette.yml that does the same beside it,\n' +
        'with a list of what stays as it is, what changes, and what is left to do. Nothing else is written. Several files are\n' +
        'joined as docker compose -f A -f B does; without any, those that it would find here are read. Exit code 1 when the\n' +
        'result does not load.',
    )
    .option('-f, --file <file...>', 'the same as naming it')
    .option('--profile <name...>', 'take over services of this profile, too; * is all')
    .option('--env-file <file>', 'variables in place of those of .env')
    .option('--output <file>', 'where to write it (default: vedette.yml beside the compose file)')
    .option('--force', 'replace a vedette.yml that is there')
    .option('--dry-run', 'print it instead')
    .action((files: string[], options: ImportOptions) => {
      exit.code = runImport([...files, ...(options.file ?? [])], options, ownTerminal())
    })
}

/** What compose reads where no file is named; of each line the first that is there. */
const USUAL = [
  ['compose.yaml', 'compose.yml', 'docker-compose.yml', 'docker-compose.yaml'],
  [
    ...['compose.override.yaml', 'compose.override.yml'],
    ...['docker-compose.override.yml', 'docker-compose.override.yaml'],
  ],
] as const

function findComposeFiles(): readonly string[] {
  const [base, ...rest] = USUAL.map((names) => names.find((name) => existsSync(name)))
  if (base === undefined) {
    throw new UsageError('there is no docker-compose.yml here: name it')
  }
  return [base, ...rest.filter((name) => name !== undefined)]
}

function runImport(named: readonly string[], options: ImportOptions, terminal: Terminal): number {
  const files = named.length === 0 ? findComposeFiles() : named
  const compose = readComposeFiles(files, process.env, {
    profiles: options.profile,
    envFile: options.envFile,
  })
  const target = path.resolve(options.output ?? path.join(compose.folder, 'vedette.yml'))
  const isDry = options.dryRun === true
  if (!isDry && options.force !== true && existsSync(target)) {
    throw new UsageError(
      `${target} is there already: --force replaces it, --dry-run shows what would be written`,
    )
  }
  const draft = translateCompose(compose)
  const text = HEADING + printConfig(draft.config)
  const faults = write(text, target, isDry)
  terminal.write(isDry ? `${text}\n` : `wrote ${target}\n\n`)
  terminal.write(describeNotes(draft.notes))
  if (faults.length > 0) {
    const lines = faults.map((fault) => `  ${printable(formatFault(fault))}\n`)
    terminal.write(`\nWhat is found in it and in the files that it names:\n${lines.join('')}`)
  }
  const isBroken = faults.some(({ severity }) => severity === 'error')
  if (isBroken) terminal.write('\nIt does not load yet: the errors above come first.\n')
  else if (!isDry) terminal.write(`\nStart it:  ${startLine(target)}\n`)
  return isBroken ? 1 : 0
}

const HEADING =
  '# Made by vedette import compose; it is yours now. docs/configuration.md says what each key means.\n'

function startLine(target: string): string {
  const shown = path.relative('.', target)
  return shown === 'vedette.yml' ? 'vedette start' : `vedette start --config ${shown}`
}

/** Writes the file beside its place, reads it as the server would, and puts it there unless `isDry`. */
function write(text: string, target: string, isDry: boolean): readonly ConfigFault[] {
  const draft = `${target}.${process.pid}.draft`
  try {
    writeFileSync(draft, text)
    const loaded = loadConfig({ path: draft, flags: {}, env: process.env })
    if (!isDry) renameSync(draft, target)
    const all = loaded.ok ? loaded.warnings : loaded.faults
    return all.map((fault) => (fault.file === draft ? renamed(fault, target) : fault))
  } finally {
    rmSync(draft, { force: true })
  }
}

function renamed({ line, col, message, severity }: ConfigFault, file: string): ConfigFault {
  return { file, line, col, message, severity }
}

const HEADINGS: readonly (readonly [Outcome, string])[] = [
  ['to do', 'Left to do'],
  ['changed', 'Different from before'],
  ['left out', 'Left out, and why'],
  ['same', 'As before'],
  ['stays', 'Services that stay in compose'],
]

function describeNotes(notes: readonly Note[]): string {
  return HEADINGS.map(([outcome, heading]) => {
    const found = notes.filter((note) => note.outcome === outcome)
    if (found.length === 0) return ''
    const lines = joinAlike(found).map((line) => `  ${printable(line)}\n`)
    return `${heading}:\n${lines.join('')}`
  })
    .filter((part) => part !== '')
    .join('\n')
}

/** A line for each note; what is said of several services alike is said once. */
function joinAlike(notes: readonly Note[]): readonly string[] {
  const byText = new Map<string, Note[]>()
  for (const note of notes) byText.set(note.text, [...(byText.get(note.text) ?? []), note])
  return [...byText].map(([text, alike]) => {
    const [first] = alike
    if (first === undefined) return text
    const [file = ''] = first.place.split(':')
    const places = alike.map(({ place, service }, at) => {
      const isSame = at > 0 && place.startsWith(`${file}:`)
      return `${isSame ? place.slice(file.length) : place} ${service}`
    })
    return `${places.join(', ')}: ${text}`
  })
}
