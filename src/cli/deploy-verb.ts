import { readFileSync } from 'node:fs'
import path from 'node:path'
import type { Command } from 'commander'
import { messageOf, Problem } from '../model/problem.ts'
import { planDeployment, type TextFile } from '../operate/kubernetes/plan-deployment.ts'
import { printManifests } from '../operate/kubernetes/print-manifests.ts'
import { writeManifests } from '../operate/kubernetes/write-manifests.ts'
import { formatFault } from '../yaml/fault.ts'
import { printable } from './printable.ts'
import { ownTerminal, type Terminal } from './terminal.ts'
import { UsageError } from './usage-error.ts'

interface KubernetesOptions {
  readonly env?: string
  readonly output: string
  readonly namespace?: string
  readonly secretFile?: string
  readonly showSecrets?: boolean
}

/** `vedette deploy kubernetes`. */
export function addDeploy(program: Command): void {
  const command = program
    .command('deploy')
    .helpCommand(false)
    .summary('make the objects that run it in a cluster')
    .description('Makes the objects that run Vedette in a cluster.')
  command
    .command('kubernetes')
    .description(
      'Prints the manifests of a server with its volume, agents on every node, and what both may do, as an env file says. Nothing\n' +
        'is applied: that is for "kubectl apply -f -". Remarks, and what the cluster must have besides, go to standard error.',
    )
    .option('--env <file>', 'the env file, such as environments/dev/NAME.env (default: defaults)')
    .option('--output <folder|->', 'a folder for a file of each object, or - for all of them', '-')
    .option('--namespace <name>', 'where everything is made (default: NAMESPACE of the file)')
    .option(
      '--secret-file <file>',
      'an env file of passwords and tokens, which become Secrets; without it they are referred to by name',
    )
    .option('--show-secrets', 'print them to a terminal, too')
    .addHelpText(
      'after',
      `
Examples:
  vedette deploy kubernetes --env environments/dev/shop.env | kubectl apply -f -
  vedette deploy kubernetes --env environments/dev/shop.env --output manifests

docs/kubernetes.md says what may stand in the files.`,
    )
    .action((options: KubernetesOptions) => runKubernetes(options, ownTerminal()))
}

function runKubernetes(options: KubernetesOptions, terminal: Terminal): void {
  const isPrinted = options.output === '-'
  const { secretFile } = options
  const isShown = isPrinted && secretFile !== undefined && process.stdout.isTTY
  if (isShown && options.showSecrets !== true) {
    throw new UsageError(
      'secrets are not shown on a terminal: pipe them into kubectl, name a folder with --output, or say --show-secrets',
    )
  }
  const { manifests, warnings, needs } = planDeployment({
    env: readFile('--env', options.env),
    secrets: readFile('--secret-file', secretFile),
    namespace: options.namespace,
  })
  for (const warning of warnings) terminal.remark(`${printable(formatFault(warning))}\n`)
  if (isPrinted) terminal.write(printManifests(manifests))
  else {
    const results = writeManifests(path.resolve(options.output), manifests)
    for (const { outcome, what } of results) terminal.write(`${outcome.padEnd(9)} ${what}\n`)
  }
  for (const line of needs) terminal.remark(`${printable(line)}\n`)
}

/** At most so many characters are read: an env file has some hundred. */
const MAX_LENGTH = 1024 * 1024

function readFile(flag: string, file: string | undefined): TextFile | undefined {
  if (file === undefined) return undefined
  try {
    const text = readFileSync(file, 'utf8')
    if (text.length <= MAX_LENGTH) return { file, text }
  } catch (thrown) {
    throw new Problem('not_found', `${flag}: ${file} cannot be read: ${messageOf(thrown)}`)
  }
  throw new Problem('limit', `${flag}: ${file} has more than ${MAX_LENGTH} characters`)
}
