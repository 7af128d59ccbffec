import { existsSync } from 'node:fs'
import path from 'node:path'
import { Option, type Command } from 'commander'
import {
  AGENT,
  DEFAULT_COMPONENTS,
  describeComponents,
  readComponents,
  type ComponentName,
} from '../operate/install/components.ts'
import type { StepResult } from '../operate/install/file-step.ts'
import {
  agentTokenFile,
  handOver,
  install,
  placeOf,
  uninstall,
  unitFile,
  type InstallPlan,
} from '../operate/install/install.ts'
import { isActive, isBootedWithSystemd, systemctl } from '../operate/install/systemd.ts'
import { describeFirstAdmin } from './announce.ts'
import { withAccess } from './open-access.ts'
import { readHttpUrl } from './read-address.ts'
import { ownTerminal, type Terminal } from './terminal.ts'
import { UsageError } from './usage-error.ts'

interface PlaceOptions {
  readonly root: string
  readonly user: string
  readonly config: string
  /** Undefined: that of the service. */
  readonly data?: string
  readonly components?: string
}

interface InstallOptions extends PlaceOptions {
  readonly server?: string
  readonly start: boolean
}

interface UninstallOptions extends PlaceOptions {
  readonly purge?: boolean
  readonly yes?: boolean
}

/** The service that `vedette install` makes. */
export const SERVICE = 'vedette'
const AGENT_SERVICE = 'vedette-agent'

/** `vedette install` and `vedette uninstall`: the service of systemd. */
export function addInstall(program: Command): void {
  withPlaces(program.command('install'))
    .summary('make it a service that starts with this machine')
    .description(
      'Makes the account, the folders, a first configuration, the first user of the web UI and a unit of systemd, and starts\n' +
        'it. What is there already is left as it is, so it can be run again. It needs to be root.',
    )
    .addOption(
      new Option(
        '--components <names>',
        'which parts, by comma, or the programs that they replace (default: all but collectors)',
      ),
    )
    .addOption(
      new Option('--server <url>', 'with --components agent: the server that it forwards to'),
    )
    .option('--no-start', 'do not enable and start it')
    .addHelpText(
      'after',
      `
Components:
${describeComponents()}
  agent        no server: forwards what it collects to one elsewhere; stands alone, and needs --server

Examples:
  vedette install
  vedette install --components prometheus,grafana,alertmanager
  vedette install --components metrics,dashboards,postgres --data /srv/vedette
  vedette install --components agent --server https://monitoring.example.org:9090`,
    )
    .action(async (options: InstallOptions) => runInstall(options, ownTerminal()))
  withPlaces(program.command('uninstall'))
    .summary('remove the service')
    .description(
      'Stops the service and removes its unit. Configuration and data stay, unless --purge is given.',
    )
    .addOption(new Option('--components <name>', 'agent: the service of an agent').choices([AGENT]))
    .option('--purge', 'remove the configuration and all data as well')
    .option('--yes', 'with --purge: do not ask')
    .action((options: UninstallOptions) => runUninstall(options, ownTerminal()))
}

function withPlaces(command: Command): Command {
  return command
    .addOption(new Option('--user <name>', 'the account of the service').default('vedette'))
    .addOption(new Option('--config <folder>', 'its configuration').default('/etc/vedette'))
    .addOption(
      new Option('--data <folder>', 'its data (default: /var/lib/vedette, or vedette-agent)'),
    )
    .addOption(
      new Option('--root <folder>', 'a folder that stands for /, to look at the result').default(
        '/',
      ),
    )
}

async function runInstall(options: InstallOptions, terminal: Terminal): Promise<void> {
  const plan = planToInstall(options)
  show(install(plan), terminal)
  if (plan.agent === undefined) await addFirstUser(plan, terminal)
  if (plan.root !== '/') return
  if (!isBootedWithSystemd()) {
    terminal.remark(
      `This machine does not run systemd: the unit ${unitFile(plan)} is not started.\n`,
    )
    return
  }
  systemctl('daemon-reload')
  if (!options.start) return
  const { unit } = plan
  const wasActive = isActive(unit)
  systemctl('enable', '--quiet', unit)
  const tokenFile = agentTokenFile(plan)
  if (plan.agent !== undefined && !existsSync(tokenFile)) {
    terminal.remark(
      `It is not started, since there is no ${tokenFile}. On the server: vedette token create NAME --agent > token. Here:\n` +
        `  install -m 640 -g ${plan.user} token ${tokenFile} && systemctl start ${unit}\n`,
    )
    return
  }
  systemctl(wasActive ? 'try-reload-or-restart' : 'start', unit)
  terminal.write(`${wasActive ? 'reloaded ' : 'started  '} ${unit}: journalctl -u ${unit}\n`)
}

function planToInstall(options: InstallOptions): InstallPlan {
  const { components, server } = options
  if (components?.trim() !== AGENT) {
    if (server !== undefined)
      throw new UsageError('--server: only with --components agent, which stands alone')
    const chosen = components === undefined ? DEFAULT_COMPONENTS : readComponents(components)
    return planOf(options, chosen)
  }
  if (server === undefined) {
    throw new UsageError(
      '--server is missing: the address that the agent forwards to, such as https://monitoring.example.org:9090',
    )
  }
  const url = readHttpUrl(server, '--server', 'https://monitoring.example.org:9090')
  return { ...planOf(options, DEFAULT_COMPONENTS), agent: { server: url } }
}

/** The password is shown here: the first start would write it to the journal. */
async function addFirstUser(plan: InstallPlan, terminal: Terminal): Promise<void> {
  const dataFolder = placeOf(plan, plan.dataFolder)
  const file = path.join(dataFolder, 'metadata.sqlite')
  if (existsSync(file)) return
  const place = { config: placeOf(plan, plan.configFolder), data: dataFolder }
  const admin = await withAccess(place, (control) => control.createFirstAdmin(process.env))
  handOver(plan, [file, `${file}-wal`, `${file}-shm`])
  if (admin !== undefined) terminal.write(describeFirstAdmin(admin, 'vedette'))
}

function runUninstall(options: UninstallOptions, terminal: Terminal): void {
  const plan = planOf(options, DEFAULT_COMPONENTS)
  const isPurge = options.purge === true
  if (isPurge && options.yes !== true) {
    const folders = [plan.configFolder, plan.dataFolder].map((folder) => placeOf(plan, folder))
    throw new UsageError(`--purge removes ${folders.join(' and ')} for ever: say so with --yes`)
  }
  if (isPurge) refuseSharedFolder(plan)
  const isManaged = plan.root === '/' && isBootedWithSystemd() && existsSync(unitFile(plan))
  if (isManaged) systemctl('disable', '--quiet', '--now', plan.unit)
  const removed = uninstall(plan, isPurge)
  if (isManaged) systemctl('daemon-reload')
  if (removed.length === 0) terminal.remark('there is nothing to remove\n')
  show(removed, terminal)
}

/** A server and an agent of one machine have one folder of configuration. */
function refuseSharedFolder(plan: InstallPlan): void {
  const other = plan.unit === SERVICE ? AGENT_SERVICE : SERVICE
  if (!existsSync(unitFile({ root: plan.root, unit: other }))) return
  throw new UsageError(
    `--purge would remove the configuration of the service ${other} as well: uninstall that one first, or leave --purge out`,
  )
}

function planOf(options: PlaceOptions, components: ReadonlySet<ComponentName>): InstallPlan {
  const root = path.resolve(options.root)
  if (root === '/' && process.getuid?.() !== 0) {
    throw new UsageError(
      'this needs to be root: sudo vedette install (or --root DIR to look at it)',
    )
  }
  const isAgent = options.components?.trim() === AGENT
  const unit = isAgent ? AGENT_SERVICE : SERVICE
  const main = process.argv[1] ?? 'vedette'
  const agent = path.join(path.dirname(main), 'agent.js')
  return {
    root,
    unit,
    user: readUser(options.user),
    configFolder: readAbsolute('--config', options.config),
    dataFolder: readAbsolute('--data', options.data ?? `/var/lib/${unit}`),
    components,
    // The program of an agent alone needs half of the memory.
    program: [process.execPath, ...process.execArgv, isAgent && existsSync(agent) ? agent : main],
  }
}

function readUser(name: string): string {
  if (/^[a-z_][a-z0-9_-]{0,30}$/.test(name)) return name
  throw new UsageError(
    `--user: ${JSON.stringify(name)} is no name of an account: small letters, digits, _ and -`,
  )
}

function readAbsolute(flag: string, folder: string): string {
  if (path.isAbsolute(folder) && path.normalize(folder) !== '/') return path.normalize(folder)
  throw new UsageError(`${flag}: an absolute path is needed, not ${folder}`)
}

function show(results: readonly StepResult[], terminal: Terminal): void {
  for (const { outcome, what } of results) terminal.write(`${outcome.padEnd(9)} ${what}\n`)
}
