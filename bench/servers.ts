import { spawn, type ChildProcess } from 'node:child_process'
import { mkdirSync, openSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import net from 'node:net'
import path from 'node:path'

/** A server under measurement. */
export interface Server {
  readonly name: string
  readonly url: string
  readonly pid: number
  /** Bytes of its data on disk. */
  dataBytes(): number
  stop(): Promise<void>
}

/** How to start one; `folder` is its own, `port` is free. */
interface Recipe {
  readonly command: string
  readonly args: (folder: string, port: number) => string[]
  readonly readyPath: string
  readonly dataFolder: string
}

const root = path.resolve(import.meta.dirname, '..')

/** The program in this checkout. */
export const VEDETTE = path.join(root, 'bin/vedette')

const OFF = ['ui', 'alertmanager', 'loki', 'tempo', 'otlp-grpc', 'otlp-http', 'webhook'].flatMap(
  (name) => [`--listen.${name}`, 'off'],
)

const RECIPES: Readonly<Record<string, Recipe>> = {
  vedette: {
    command: VEDETTE,
    args: (folder, port) => [
      'start',
      '--config',
      path.join(folder, 'vedette.yml'),
      '--data',
      path.join(folder, 'data'),
      '--listen.prometheus',
      `127.0.0.1:${port}`,
      ...OFF,
    ],
    readyPath: '/-/ready',
    dataFolder: 'data',
  },
  prometheus: {
    command: 'prometheus',
    args: (folder, port) => [
      `--config.file=${path.join(folder, 'prometheus.yml')}`,
      `--storage.tsdb.path=${path.join(folder, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--web.enable-remote-write-receiver',
      '--query.max-samples=100000000',
      '--log.level=error',
    ],
    readyPath: '/-/ready',
    dataFolder: 'data',
  },
  'victoria-metrics': {
    command: 'victoria-metrics',
    args: (folder, port) => [
      `-storageDataPath=${path.join(folder, 'data')}`,
      `-httpListenAddr=127.0.0.1:${port}`,
      '-retentionPeriod=1y',
      '-search.latencyOffset=0s',
      '-search.disableCache',
      '-loggerLevel=ERROR',
    ],
    readyPath: '/health',
    dataFolder: 'data',
  },
}

/**
 * Starts a server in a folder of its own under `base` and waits until it is ready. `command` stands for the one of this checkout or
 * of the machine.
 */
export async function startServer(
  name: string,
  base: string,
  config: Readonly<Record<string, string>>,
  command?: string,
): Promise<Server> {
  const recipe = RECIPES[name]
  if (recipe === undefined)
    throw new Error(`no recipe for ${name}: one of ${Object.keys(RECIPES).join(', ')}`)
  const folder = path.join(base, name)
  mkdirSync(folder, { recursive: true })
  for (const [file, text] of Object.entries(config)) writeFileSync(path.join(folder, file), text)
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const { pid, stop: stopIt } = await startProcess({
    folder,
    command: command ?? recipe.command,
    args: recipe.args(folder, port),
    readyUrl: `${url}${recipe.readyPath}`,
  })
  return {
    name,
    url,
    pid,
    dataBytes: () => folderBytes(path.join(folder, recipe.dataFolder)),
    stop: stopIt,
  }
}

/** Starts a program in a folder, with a log in it, and waits until a page of it answers. */
export async function startProcess({
  folder,
  command,
  args,
  readyUrl,
}: {
  readonly folder: string
  readonly command: string
  readonly args: readonly string[]
  readonly readyUrl: string
}): Promise<{ readonly pid: number; stop(): Promise<void> }> {
  const log = openSync(path.join(folder, 'log'), 'a')
  const child = spawn(command, args, { stdio: ['ignore', log, log], cwd: folder })
  await waitReady(readyUrl, child, folder)
  return { pid: child.pid ?? 0, stop: () => stop(child) }
}

async function waitReady(url: string, child: ChildProcess, folder: string): Promise<void> {
  for (let i = 0; i < 600; i++) {
    if (child.exitCode !== null)
      throw new Error(`ended with code ${child.exitCode}: see ${folder}/log`)
    const answer = await fetch(url).catch(() => undefined)
    if (answer?.ok) return
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  throw new Error(`${url} was not ready within a minute: see ${folder}/log`)
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return
  const ended = new Promise((resolve) => child.once('exit', resolve))
  child.kill('SIGTERM')
  const timer = setTimeout(() => child.kill('SIGKILL'), 20_000)
  await ended
  clearTimeout(timer)
}

/** A port that is free now. */
export async function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = net.createServer()
    probe.once('error', reject)
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address()
      probe.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0))
    })
  })
}

/** What the files of a folder occupy on the disk. */
export function folderBytes(folder: string): number {
  let bytes = 0
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    try {
      bytes += statSync(path.join(entry.parentPath, entry.name)).blocks * 512
    } catch {
      continue
    }
  }
  return bytes
}
