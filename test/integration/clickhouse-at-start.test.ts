import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import http from 'node:http'
import https from 'node:https'
import net from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { StoreClient, type StoreClientOptions } from '../../src/store/client.ts'
import { checkServer, ServerAway } from '../../src/store/shared/check-server.ts'
import { PASSWORD, SharedHarness } from './shared-harness.ts'

const harness = new SharedHarness()
const ends: (() => Promise<unknown>)[] = []
let folder = ''

beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'tls-'))
})
afterAll(() => rmSync(folder, { recursive: true }))
afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end()
})

/** Rejects as a server does that cannot use what it finds. */
async function check(url: string, options: Partial<StoreClientOptions> = {}) {
  const username = options.username ?? 'vedette'
  const client = new StoreClient({ url, database: 'x', isShared: true, username, ...options })
  ends.push(() => client.close())
  return checkServer(client, { url, username })
}

async function listen(server: net.Server): Promise<number> {
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  ends.push(
    () =>
      new Promise((resolve) => {
        if (server instanceof http.Server) server.closeAllConnections()
        server.close(resolve)
      }),
  )
  const address = server.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}

/** Something that answers every request like this. */
async function answering(status: number, body: string, code?: number): Promise<string> {
  const server = http.createServer((request, response) => {
    request.resume()
    response.statusCode = status
    if (code !== undefined) response.setHeader('x-clickhouse-exception-code', String(code))
    response.end(body)
  })
  return `http://127.0.0.1:${await listen(server)}`
}

const row = (version: string, readonly: string): string =>
  `${JSON.stringify({ version, readonly, grids: '7' })}\n`

describe('a ClickHouse at the start', () => {
  it('is taken when it is fit', async () => {
    const checked = await check(harness.url, { password: PASSWORD })
    expect(checked.evaluates).toBe(true)
    expect(checked.version).toMatch(/^2\d\.\d+/)
  })

  it('may be away, which is another matter than being wrong', async () => {
    const server = net.createServer()
    const port = await listen(server)
    await ends.pop()?.()
    const asking = check(`http://127.0.0.1:${port}`)
    await expect(asking).rejects.toBeInstanceOf(ServerAway)
    await expect(asking).rejects.toThrow(
      `the ClickHouse at http://127.0.0.1:${port} cannot be reached`,
    )
  })

  it('may refuse the password', async () => {
    await expect(check(harness.url, { password: 'wrong' })).rejects.toThrow(
      'refuses the user vedette: check clickhouse.username and clickhouse.password',
    )
  })

  it('may be something else', async () => {
    const url = await answering(200, '<html>Grafana</html>')
    await expect(check(url)).rejects.toThrow('is not the HTTP interface of a ClickHouse')
    const missing = await answering(404, '404 page not found: Not Found')
    await expect(check(missing)).rejects.toThrow('is not the HTTP interface of a ClickHouse')
    const native = await answering(
      400,
      'Port 9000 is for clickhouse-client program\r\nYou must use port 8123 for HTTP.\r\n',
    )
    await expect(check(native)).rejects.toThrow('that is port 8123, or 8443 with TLS')
  })

  it('may be too old', async () => {
    await expect(check(await answering(200, row('24.8.1.1', '0')))).rejects.toThrow(
      'has version 24.8.1.1, which is too old: 25.8 or later is needed',
    )
  })

  it('may only let the user read', async () => {
    await expect(check(await answering(200, row('25.8.1.1', '2')))).rejects.toThrow(
      /the user vedette may only read .* \(its profile has readonly = 2\)/,
    )
    const url = await answering(
      500,
      'Code: 497. DB::Exception: vedette: Not enough privileges. (ACCESS_DENIED)',
      497,
    )
    await expect(check(url)).rejects.toThrow('GRANT ALL ON vedette.* TO it')
  })

  it('may have a certificate that nobody trusts, or no TLS at all', async () => {
    const [key, cert] = [path.join(folder, 'key.pem'), path.join(folder, 'cert.pem')]
    try {
      execFileSync(
        'openssl',
        `req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost -keyout ${key} -out ${cert}`.split(
          ' ',
        ),
        { stdio: 'ignore' },
      )
    } catch {
      console.log('skipped: there is no openssl')
      return
    }
    const server = https.createServer(
      { key: readFileSync(key), cert: readFileSync(cert) },
      (request, response) => {
        request.resume()
        response.end(row('25.8.1.1', '0'))
      },
    )
    const port = await listen(server)
    const certificate = readFileSync(cert)
    await expect(check(`https://localhost:${port}`)).rejects.toThrow('clickhouse.ca_file')
    expect(await check(`https://localhost:${port}`, { certificate })).toMatchObject({
      version: '25.8.1.1',
    })
    await expect(check(`https://127.0.0.1:${port}`, { certificate })).rejects.toThrow(
      'use the name that its certificate is for',
    )
    const plain = (await answering(200, row('25.8.1.1', '0'))).replace('http:', 'https:')
    await expect(check(plain)).rejects.toThrow('only for a port that speaks TLS')
  })
})
