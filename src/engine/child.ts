import { chmodSync, mkdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import type { Server } from 'node:http'
import { join } from 'node:path'
import { renderStorage, takeBackSetAside } from './archive-disk.ts'
import { authenticator } from './authenticate.ts'
import { engineFolderOf, memoryRoot, spoolFolderOf } from './data-dir.ts'
import { DiskWatermark, defaultWatermark } from './disk-watermark.ts'
import { Engine } from './engine.ts'
import { EngineFault } from './engine-fault.ts'
import { Health } from './health.ts'
import { isParentMessage } from './protocol.ts'
import type { ChildMessage, ChildOptions, ListenOptions } from './protocol.ts'
import { RemoteGuard } from './remote-guard.ts'
import { createEngineServer } from './serve.ts'
import { deriveCaps, renderConfigFile } from './settings.ts'
import type { EngineCaps } from './settings.ts'
import { memoryFolderOf } from './memory-folder.ts'
import { CleanPages } from '../self/memory/clean-pages.ts'
import { Spool } from './spool.ts'

/** Statements that run when the process is told to stop get so long; the parent kills it some seconds later. */
const stopGraceMs = 2000

/** The entry of the engine's process: chDB must not share a process with collection and alerting. */
function main(): void {
  process.umask(0o077)
  // Orphans do not exist: when the channel to the parent breaks, however it died, this process ends too.
  let memoryFolder: string | undefined
  process.on('disconnect', () => {
    if (memoryFolder !== undefined) rmSync(memoryFolder, { recursive: true, force: true })
    process.kill(process.pid, 'SIGKILL')
  })
  // The parent decides when to stop; a Ctrl-C in the terminal reaches the whole group.
  process.on('SIGINT', () => undefined)
  let running: Promise<Running> | undefined
  const cleanPages = new CleanPages()
  const stop = (): void => {
    if (running === undefined) process.exit(0)
    running.then((engine) => engine.stop()).catch(() => process.exit(1))
  }
  process.on('SIGTERM', stop)
  process.on('message', (message: unknown) => {
    if (!isParentMessage(message)) return
    switch (message.type) {
      case 'start':
        memoryFolder = memoryFolderOf(memoryRoot, spoolFolderOf(message.options.dataDir))
        running = start(message.options)
        running.then((engine) => tell({ type: 'ready', url: engine.url }), giveUp)
        return
      case 'ping':
        tell({ type: 'pong' })
        return
      case 'give-back':
        void cleanPages.giveBack()
        return
      case 'stop':
        stop()
        return
      default:
        message satisfies never
    }
  })
}

function giveUp(thrown: unknown): void {
  const reason = thrown instanceof Error ? thrown.message : String(thrown)
  process.send?.({ type: 'failed', reason } satisfies ChildMessage, () =>
    process.kill(process.pid, 'SIGKILL'),
  )
}

interface Running {
  readonly url: string
  readonly stop: () => Promise<void>
}

async function start(options: ChildOptions): Promise<Running> {
  const caps = deriveCaps(options.memoryBudgetBytes)
  const engine = await openEngine(options, caps)
  const folder = engineFolderOf(options.dataDir)
  const watermark = new DiskWatermark({
    wantedBytes: options.freeBytesWanted,
    statfs: () => statfsSync(folder),
    ask: (sql) => engine.ask(sql),
    onChange: (disk) => tell({ type: 'disk', disk }),
  })
  await watermark.start()
  const health = new Health({ ask: () => engine.ask('SELECT 1'), onBroken: giveUp })
  health.start()
  const admitInsert = (): void => watermark.refuseWhenFull()
  const common = { engine, bodyBytes: caps.bodyBytes, admitInsert }
  const local = createEngineServer({ ...common, authenticate: () => undefined, guard: undefined })
  await listenOnSocket(local, options.socketPath)
  const servers = [local]
  let url = 'http://localhost'
  if (options.listen !== undefined) {
    const guard = await RemoteGuard.of(engine)
    const authenticate = authenticator(options.listen)
    const remote = createEngineServer({ ...common, authenticate, guard })
    url = await listenOnTcp(remote, options.listen)
    servers.push(remote)
  }
  const stop = once(async () => {
    watermark.stop()
    health.stop()
    await closeServers(servers)
    // What still runs cannot be waited for: chDB may never return. Killing it loses nothing that was acknowledged.
    if (engine.busy) process.kill(process.pid, 'SIGKILL')
    await engine.close()
    rmSync(options.socketPath, { force: true })
    process.exit(0)
  })
  return { url, stop }
}

/** Prepares the folders and opens chDB on its own. */
function openEngine(options: ChildOptions, caps: EngineCaps): Promise<Engine> {
  const folder = engineFolderOf(options.dataDir)
  const pipeFolder = join(folder, 'run')
  mkdirSync(pipeFolder, { recursive: true, mode: 0o700 })
  const { blocks, bsize } = statfsSync(folder)
  const configFile = join(folder, 'config.xml')
  const freeBytes = options.freeBytesWanted ?? defaultWatermark(blocks * bsize)
  const { archive } = options
  const path = join(folder, 'db')
  if (archive !== undefined) takeBackSetAside(path, archive)
  const storage = archive === undefined ? '' : renderStorage(archive)
  // It may hold a key of S3; one that is there already keeps its mode.
  rmSync(configFile, { force: true })
  writeFileSync(configFile, renderConfigFile(caps, freeBytes, storage), { mode: 0o600 })
  const openSpool = (): Promise<Spool> =>
    Spool.open({
      diskFolder: spoolFolderOf(options.dataDir),
      memoryRoot,
      bodyBytes: caps.bodyBytes,
      totalBytes: caps.bodyBytes * 2,
    })
  return Engine.open({
    path,
    pipeFolder,
    configFile,
    backupFolder: options.backupDir,
    caps,
    openSpool,
    onRelief: () => tell({ type: 'relieved' }),
  })
}

function tell(message: ChildMessage): void {
  process.send?.(message, () => undefined)
}

function listenOnSocket(server: Server, path: string): Promise<void> {
  // Only a killed process leaves its socket behind; the data directory's lock says that none is alive.
  rmSync(path, { force: true })
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(path, () => {
      chmodSync(path, 0o600)
      resolve()
    })
  })
}

function listenOnTcp(server: Server, listen: ListenOptions): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(listen.port, listen.host, () => {
      const address = server.address()
      if (address === null || typeof address === 'string')
        return reject(new EngineFault(210, 'NETWORK_ERROR', 'no address'))
      const host = address.family === 'IPv6' ? `[${address.address}]` : address.address
      return resolve(`http://${host}:${address.port}`)
    })
  })
}

/** Lets running requests end, but not for long. */
async function closeServers(servers: readonly Server[]): Promise<void> {
  const closed = servers.map((server) => new Promise((resolve) => server.close(resolve)))
  for (const server of servers) server.closeIdleConnections()
  const grace = new Promise((resolve) => setTimeout(resolve, stopGraceMs))
  await Promise.race([Promise.all(closed), grace])
  for (const server of servers) server.closeAllConnections()
}

function once(action: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined
  return () => (running ??= action())
}

main()
