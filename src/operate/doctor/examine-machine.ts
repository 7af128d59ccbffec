import { accessSync, constants, existsSync, readFileSync, statfsSync } from 'node:fs'
import net from 'node:net'
import { totalmem } from 'node:os'
import path from 'node:path'
import { messageOf } from '../../model/problem.ts'
import type { Finding, Gravity } from './finding.ts'

const MIB = 1024 * 1024
const GIB = 1024 * MIB

/** Below this the disk is worth a word. */
const LITTLE_DISK_BYTES = 2 * GIB

/** What of a configuration this machine has to bear. */
export interface MachineSettings {
  readonly memoryBudgetBytes: number
  readonly dataFolder: string
  readonly storage: { readonly minFreeBytes?: number | undefined }
  /** Undefined without one. */
  readonly diskBudget?: { readonly budgetBytes: number } | undefined
  /** What must stay free on a disk of so many bytes unless `storage` says. */
  readonly defaultFreeBytes: (diskBytes: number) => number
  /** Undefined is off. */
  readonly listen: Readonly<
    Record<string, { readonly host: string; readonly port: number } | undefined>
  >
}

/** Looks at this machine as the server would find it: memory, disk, permissions, ports. */
export async function examineMachine(
  config: MachineSettings,
  isRunning: boolean,
): Promise<readonly Finding[]> {
  return [
    ...examineMemory(config),
    ...examineDisk(config),
    ...examinePermissions(config),
    ...(isRunning ? [] : await examinePorts(config)),
  ]
}

function find(gravity: Gravity, place: string, text: string): Finding {
  return { area: 'this machine', gravity, place, text }
}

function examineMemory({ memoryBudgetBytes }: MachineSettings): readonly Finding[] {
  const bound = Math.min(totalmem(), boundOfGroup())
  if (bound >= memoryBudgetBytes * 1.5) return []
  return [
    find(
      'advice',
      'memory',
      `there are ${toMib(bound)} MiB, and the budget is ${toMib(memoryBudgetBytes)} MiB: leave half as much again for pages of files, or lower --memory.budget (at least 256MiB)`,
    ),
  ]
}

/** The memory that this control group may take; infinite without a bound. */
function boundOfGroup(): number {
  const files = ['/sys/fs/cgroup/memory.max', '/sys/fs/cgroup/memory/memory.limit_in_bytes']
  const bounds = files.flatMap((file) => {
    try {
      const bytes = Number(readFileSync(file, 'utf8').trim())
      return Number.isFinite(bytes) ? [bytes] : []
    } catch {
      return []
    }
  })
  return Math.min(Number.POSITIVE_INFINITY, ...bounds)
}

function examineDisk({
  dataFolder,
  storage,
  diskBudget,
  defaultFreeBytes,
}: MachineSettings): readonly Finding[] {
  const folder = nearestFolder(dataFolder)
  const { bavail, blocks, bsize } = statfsSync(folder)
  const [free, all] = [bavail * bsize, blocks * bsize]
  const least = storage.minFreeBytes ?? defaultFreeBytes(all)
  if (free < least) {
    return [
      find(
        'fault',
        dataFolder,
        `only ${toMib(free)} MiB are free, ${toMib(least)} must be: nothing would be stored. Make room, or lower --storage.min-free-bytes`,
      ),
    ]
  }
  const budget = diskBudget?.budgetBytes
  if (budget !== undefined && budget > all - least) {
    return [
      find(
        'advice',
        dataFolder,
        `the disk holds ${toMib(all - least)} MiB besides what must stay free, less than the disk budget of ${toMib(budget)} MiB: lower --disk.budget, so that old data goes before storing pauses`,
      ),
    ]
  }
  if (budget === undefined && free - least < LITTLE_DISK_BYTES) {
    return [
      find(
        'advice',
        dataFolder,
        `${toMib(free - least)} MiB may be filled: set --disk.budget to what the data may take`,
      ),
    ]
  }
  return []
}

function nearestFolder(folder: string): string {
  return existsSync(folder) ? folder : nearestFolder(path.dirname(folder))
}

function examinePermissions({ dataFolder }: MachineSettings): readonly Finding[] {
  const folder = nearestFolder(dataFolder)
  try {
    accessSync(folder, constants.W_OK | constants.X_OK)
    return []
  } catch (thrown) {
    const user = process.getuid?.() ?? ''
    return [find('fault', dataFolder, `cannot be written by user ${user}: ${messageOf(thrown)}`)]
  }
}

async function examinePorts({ listen }: MachineSettings): Promise<readonly Finding[]> {
  const asked = Object.entries(listen).map(async ([name, place]): Promise<Finding[]> => {
    if (place === undefined || name === 'jaeger-udp') return []
    const fault = await tryToListen(place.host, place.port)
    if (fault === undefined) return []
    return [
      find(
        'fault',
        `${place.host}:${place.port}`,
        `the listener ${name} cannot open it: ${fault}. End what has it, or give listen.${name} another one`,
      ),
    ]
  })
  return (await Promise.all(asked)).flat()
}

function tryToListen(host: string, port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = net.createServer()
    server.once('error', (fault: NodeJS.ErrnoException) =>
      resolve(fault.code === 'EADDRINUSE' ? 'a program answers there already' : fault.message),
    )
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(undefined)))
  })
}

function toMib(bytes: number): string {
  return Math.round(bytes / MIB).toLocaleString('en-US')
}
