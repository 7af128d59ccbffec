import { accessSync, chownSync, constants, existsSync, rmSync, statSync } from 'node:fs'
import path from 'node:path'
import { Problem } from '../../model/problem.ts'
import { findAccount, findReadingGroups, makeAccount } from './accounts.ts'
import { writeFirstAgentConfig, writeFirstConfig, type ComponentName } from './components.ts'
import { makeFolder, writeWhole, type Owner, type StepResult } from './file-step.ts'
import { UNIT_FOLDER } from './systemd.ts'
import { writeUnit } from './unit.ts'

/** An installation as a service. */
export interface InstallPlan {
  /** `/`, or a folder that stands for it: then no account is made and nothing is started. */
  readonly root: string
  readonly unit: string
  readonly user: string
  readonly configFolder: string
  readonly dataFolder: string
  readonly components: ReadonlySet<ComponentName>
  /** An agent is installed and no server; then `components` mean nothing. */
  readonly agent?: InstalledAgent
  /** Node with its flags, and the program. Absolute. */
  readonly program: readonly string[]
}

export interface InstalledAgent {
  /** The address of the server. */
  readonly server: string
}

/** Where something of a plan lies on this machine. */
export function placeOf(plan: Pick<InstallPlan, 'root'>, absolute: string): string {
  return path.join(plan.root, absolute)
}

/**
 * Makes the account, the folders, the first configuration and the unit; what is there already is left, and said to be unchanged.
 * A configuration that exists is never changed. Starts nothing. Throws a `Problem` before anything is made when it cannot work.
 */
export function install(plan: InstallPlan): readonly StepResult[] {
  const isReal = plan.root === '/'
  if (isReal) refuseUnreadableProgram(plan)
  const results: StepResult[] = []
  if (isReal && findAccount('/', plan.user) === undefined)
    results.push(makeAccount(plan.user, plan.dataFolder))
  const owner = isReal ? findAccount('/', plan.user) : undefined
  const readers: Owner | undefined = owner === undefined ? undefined : { uid: 0, gid: owner.gid }
  results.push(
    makeFolder(placeOf(plan, plan.configFolder), 0o750, readers),
    makeFolder(placeOf(plan, plan.dataFolder), 0o700, owner),
  )
  const config = placeOf(plan, path.join(plan.configFolder, 'vedette.yml'))
  results.push(
    existsSync(config)
      ? { outcome: 'unchanged', what: config }
      : writeWhole(config, firstConfig(plan), {
          mode: 0o640,
          owner: readers,
        }),
  )
  const text = writeUnit({
    description:
      plan.agent === undefined
        ? 'Vedette: metrics, logs, traces, alerts and dashboards'
        : 'Vedette agent: metrics, logs and traces of this host for a server',
    user: plan.user,
    groups: findReadingGroups(plan.root),
    command: commandOf(plan),
    dataFolder: plan.dataFolder,
  })
  results.push(writeWhole(unitFile(plan), text, { mode: 0o644 }))
  return results
}

/** Where the token of an agent is expected. Whoever installs puts it there, readable to the account. */
export function agentTokenFile({ configFolder }: Pick<InstallPlan, 'configFolder'>): string {
  return path.join(configFolder, 'agent.token')
}

function firstConfig({ agent, components, dataFolder }: InstallPlan): string {
  return agent === undefined ? writeFirstConfig(components, dataFolder) : writeFirstAgentConfig()
}

function commandOf(plan: InstallPlan): readonly string[] {
  const { program, agent, configFolder, dataFolder } = plan
  if (agent === undefined) return [...program, 'start', '--config', configFolder]
  const place = ['--config', configFolder, '--data', dataFolder]
  const server = ['--server', agent.server, '--token-file', agentTokenFile(plan)]
  return [...program, 'agent', ...server, ...place]
}

/** Gives what lies in the data folder to the account: the first user was written by whoever installs. */
export function handOver(plan: InstallPlan, files: readonly string[]): void {
  const owner = plan.root === '/' ? findAccount('/', plan.user) : undefined
  if (owner === undefined) return
  for (const file of files) if (existsSync(file)) chownSync(file, owner.uid, owner.gid)
}

/** Removes the unit, and with `isPurge` the configuration and all data. */
export function uninstall(plan: InstallPlan, isPurge: boolean): readonly StepResult[] {
  const folders = isPurge ? [plan.configFolder, plan.dataFolder] : []
  return [unitFile(plan), ...folders.map((folder) => placeOf(plan, folder))]
    .filter((file) => existsSync(file))
    .map((file) => {
      rmSync(file, { recursive: true })
      return { outcome: 'removed', what: file }
    })
}

export function unitFile(plan: Pick<InstallPlan, 'root' | 'unit'>): string {
  return placeOf(plan, path.join(UNIT_FOLDER, `${plan.unit}.service`))
}

/** A service of its own user cannot run a program in somebody's home, which is closed to others. */
function refuseUnreadableProgram({ program, user }: InstallPlan): void {
  const files = program.filter((word) => path.isAbsolute(word))
  for (const file of files) {
    accessSync(file, constants.R_OK)
    for (let folder = path.dirname(file); folder !== '/'; folder = path.dirname(folder)) {
      if ((statSync(folder).mode & 0o001) !== 0) continue
      throw new Problem(
        'forbidden',
        `the user ${user} could not run ${file}: ${folder} is closed to others. Put the program below /opt, or install the package`,
      )
    }
  }
}
