import { existsSync } from 'node:fs'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { measureMemory } from './process-tree.ts'
import { startServer, type ServerNotReady } from './server.ts'

/** A stand-in for bin/vedette: one listener, one child process, ready at the third question. */
const standIn = `
import { spawn } from 'node:child_process'
import { createServer } from 'node:http'
const [port] = process.argv[process.argv.indexOf('--listen.prometheus') + 1].split(':').slice(1)
console.log('arguments', process.argv.slice(2).join(' '))
if (process.argv.includes('--refuse')) { console.error('refused'); process.exit(3) }
const child = spawn('sleep', ['600'])
let asked = 0
const server = createServer((request, response) => {
  response.writeHead(++asked > 2 ? 200 : 503).end()
}).listen(Number(port), '127.0.0.1')
if (!process.argv.includes('--deaf')) process.on('SIGTERM', () => { child.kill(); server.close(); server.closeAllConnections() })
else process.on('SIGTERM', () => {})
`

describe('the server of the end-to-end tests', () => {
  let folder = ''
  let command: [string, ...string[]]

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'vedette-stand-in-'))
    writeFileSync(join(folder, 'stand-in.mjs'), standIn)
    command = [process.execPath, join(folder, 'stand-in.mjs')]
  })

  afterAll(() => {
    rmSync(folder, { recursive: true, force: true })
  })

  it('starts, waits until ready, stops, and leaves nothing behind', async () => {
    const server = await startServer({ command, args: ['--more'], listeners: ['ui'] })
    expect((await fetch(`${server.url()}/`)).status).toBe(200)
    expect(server.url('ui')).not.toBe(server.url())
    expect(server.readLog()).toMatch(
      /arguments start --data \S+ --promtail off --listen.ui 127.0.0.1:\d+ --listen.prometheus 127.0.0.1:\d+ --listen.alertmanager off/,
    )
    expect(server.readLog()).toContain('--more')
    expect(server.listChildren().map(({ commandLine }) => commandLine)).toEqual(['sleep 600'])
    expect(measureMemory([server.pid]).rssBytes).toBeGreaterThan(1_000_000)
    expect(await server.stop()).toEqual({ code: 0, signal: null })
    expect(server.listProcesses()).toEqual([])
    await server.dispose()
    expect(existsSync(dirname(server.logPath))).toBe(false)
  })

  it('kills the server together with its children', async () => {
    const server = await startServer({ command })
    expect(server.listProcesses()).toHaveLength(2)
    expect(await server.kill()).toEqual({ code: null, signal: 'SIGKILL' })
    expect(server.listProcesses()).toEqual([])
    await server.dispose()
  })

  it('kills a server that does not stop in time', async () => {
    const server = await startServer({ command, args: ['--deaf'] })
    expect(await server.stop(50)).toEqual({ code: null, signal: 'SIGKILL' })
    await server.dispose()
  })

  it('tells why a server did not start', async () => {
    const failure = startServer({ command, args: ['--refuse'] })
    await expect(failure).rejects.toThrow(/ended before it was ready \(exit code 3.*refused/s)
    await expect(failure).rejects.toSatisfy((error: ServerNotReady) => error.exit?.code === 3)
  })

  it('keeps a data directory that the test owns', async () => {
    const server = await startServer({ command, dataDir: folder })
    await server.dispose()
    expect(existsSync(folder)).toBe(true)
  })
})
