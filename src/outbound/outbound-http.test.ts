import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { FaultList, formatFault } from '../yaml/fault.ts'
import { parseYaml } from '../yaml/parse.ts'
import { readHttpClient } from './http-client.ts'
import { OutboundHttp } from './outbound-http.ts'
import { createAuthority, createCertificate, hasOpenssl } from './testing/certificates.ts'
import { startProxy, startSocks } from './testing/fake-proxy.ts'
import { FakeReceiver } from './testing/fake-receiver.ts'

let folder = ''
const open: { close(): Promise<void> }[] = []

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'outbound-'))
})

afterEach(async () => {
  await Promise.all(open.splice(0).map((one) => one.close()))
  rmSync(folder, { recursive: true })
})

function closing<T extends { close(): Promise<void> }>(one: T): T {
  open.push(one)
  return one
}

async function serve(...given: Parameters<typeof FakeReceiver.start>): Promise<FakeReceiver> {
  return closing(await FakeReceiver.start(...given))
}

/** A client for an `http_config` in flow style. */
function client(config: string): OutboundHttp {
  const faults = new FaultList()
  const map = parseYaml(`{${config}}`, { file: 'http.yml', faults })?.asMap()
  if (map === undefined) throw new Error('not a mapping')
  const read = readHttpClient(map, { folder, warnsUnsupported: true }, { knowsProxies: true })
  map.finish()
  if (faults.items.length > 0) throw new Error(faults.items.map(formatFault).join('\n'))
  return closing(new OutboundHttp(read))
}

function post(http: OutboundHttp, url: string, headers: Record<string, string> = {}) {
  return http.send({ method: 'POST', url, headers, body: 'x' }, AbortSignal.timeout(20_000))
}

describe('requests by http_config', () => {
  it('carry credentials and headers, which a redirect elsewhere does not get', async () => {
    const other = await serve()
    const home = await serve(({ path: at }) =>
      at === '/away' ? { status: 307, headers: { location: `${other.url}/there` } } : {},
    )
    const http = client(
      'basic_auth: {username: u, password: p}, http_headers: {X-Own: {values: [a], secrets: [b]}}',
    )
    await post(http, `${home.url}/away`, { 'x-auth-token': 'secret', 'content-type': 'text/plain' })
    expect(home.only.headers).toMatchObject({
      authorization: 'Basic dTpw',
      'x-own': 'a, b',
      'x-auth-token': 'secret',
    })
    expect(other.only).toMatchObject({ method: 'POST', path: '/there', body: 'x' })
    expect(other.only.headers).toMatchObject({ 'content-type': 'text/plain' })
    for (const name of ['authorization', 'x-own', 'x-auth-token']) {
      expect(other.only.headers).not.toHaveProperty(name)
    }
  })

  it('fail with a reason that names no part of the URL', async () => {
    const server = await serve(() => 'hang')
    const http = client('')
    const hanging = http.send(
      { method: 'GET', url: `${server.url}/sesame?key=sesame` },
      AbortSignal.timeout(50),
    )
    await expect(hanging).rejects.toThrow(/^no answer in time$/)
    await server.close()
    await expect(post(http, `${server.url}/sesame`)).rejects.toThrow(
      /^dial tcp .*connection refused$/,
    )
    await expect(post(http, 'http://user:sesame@/x')).rejects.toThrow(/^Invalid URL$/)
  })
})

describe('requests through a proxy', () => {
  it('are asked of it, with its login', async () => {
    const [proxy, target] = await Promise.all([startProxy().then(closing), serve()])
    const http = client(
      `proxy_url: 'http://me:s%40fe@${proxy.address}', basic_auth: {username: u, password: p}`,
    )
    expect(await post(http, `${target.url}/a?b`)).toMatchObject({ status: 200 })
    const login = `Basic ${Buffer.from('me:s@fe').toString('base64')}`
    expect(proxy.seen).toEqual([`POST ${target.url}/a?b ${login} -`])
    expect(target.only).toMatchObject({ path: '/a?b', headers: { authorization: 'Basic dTpw' } })
  })

  it('go straight where no_proxy says so', async () => {
    const [proxy, target] = await Promise.all([startProxy().then(closing), serve()])
    await post(client(`proxy_url: 'http://${proxy.address}', no_proxy: example.com`), target.url)
    expect(proxy.seen).toEqual([])
    expect(target.seen).toHaveLength(1)
  })

  it('may go through SOCKS5', async () => {
    const [proxy, target] = await Promise.all([startSocks().then(closing), serve()])
    expect(await post(client(`proxy_url: 'socks5://${proxy.address}'`), target.url)).toMatchObject({
      status: 200,
    })
    expect(proxy.seen).toEqual([target.url.slice(7)])
  })

  it('say when the proxy is not there', async () => {
    const proxy = await startProxy()
    await proxy.close()
    const http = client(`proxy_url: 'http://me:sesame@${proxy.address}'`)
    await expect(post(http, 'http://example.com/')).rejects.toThrow(/refused$/)
  })

  it.skipIf(!hasOpenssl())(
    'go through a tunnel over TLS, whose certificates are checked',
    async () => {
      const authority = createAuthority(folder, 'ca')
      const files = createCertificate(folder, 'server', authority, 'IP:127.0.0.1')
      const tls = { cert: readFileSync(files.cert), key: readFileSync(files.key) }
      const [proxy, target] = await Promise.all([startProxy().then(closing), serve(undefined, tls)])
      const keys = `proxy_url: 'http://u:p@${proxy.address}', proxy_connect_header: {X-Hop: [hop]}, authorization: {credentials: t}`
      const http = client(`${keys}, tls_config: {ca_file: ca.pem}`)
      expect(await post(http, `${target.url}/a`)).toMatchObject({ status: 200 })
      expect(proxy.seen).toEqual([`CONNECT ${target.url.slice(8)} Basic dTpw hop`])
      expect(target.only.headers).toMatchObject({ authorization: 'Bearer t' })
      expect(target.only.headers).not.toHaveProperty('x-hop')
      expect(target.only.headers).not.toHaveProperty('proxy-authorization')
      await expect(post(client(keys), target.url)).rejects.toThrow(/unknown authority/)
    },
  )
})

describe('oauth2', () => {
  const granted = (token: string, more = '') => ({
    body: `{"access_token":"${token}","token_type":"bearer"${more}}`,
  })

  it('fetches a token once, and another one when it is refused or at its end', async () => {
    let fetched = 0
    const issuer = await serve(() =>
      granted(`t${++fetched}`, fetched === 2 ? ',"expires_in":5' : ''),
    )
    const target = await serve(({ headers }) => ({
      status: headers.authorization === 'Bearer t1' && target.seen.length > 2 ? 401 : 200,
    }))
    writeFileSync(path.join(folder, 'secret'), 'sesame\n')
    const http = client(
      `oauth2: {client_id: 'a b', client_secret_file: secret, token_url: '${issuer.url}/token', scopes: [x, y], endpoint_params: {audience: z}}`,
    )
    await Promise.all([post(http, target.url), post(http, target.url)])
    expect(issuer.only).toMatchObject({
      method: 'POST',
      path: '/token',
      headers: {
        authorization: `Basic ${Buffer.from('a%20b:sesame').toString('base64')}`,
        'content-type': 'application/x-www-form-urlencoded',
      },
      body: 'grant_type=client_credentials&audience=z&scope=x+y',
    })
    expect(await post(http, target.url)).toMatchObject({ status: 200 })
    expect(target.seen.map(({ headers }) => headers.authorization)).toEqual([
      'Bearer t1',
      'Bearer t1',
      'Bearer t1',
      'Bearer t2',
    ])
    // The second token ends within the seconds by which tokens are given up early.
    await post(http, target.url)
    expect(target.seen.at(-1)?.headers.authorization).toBe('Bearer t3')
  })

  it('tells the secret in the body where the issuer wants it there', async () => {
    const issuer = await serve(({ body }) =>
      body.includes('client_secret=sesame')
        ? granted('t')
        : { status: 400, body: '{"error":"invalid_client"}' },
    )
    const target = await serve()
    const http = client(
      `oauth2: {client_id: c, client_secret: sesame, token_url: '${issuer.url}', proxy_url: ''}`,
    )
    await post(http, target.url)
    expect(target.only.headers.authorization).toBe('Bearer t')
    expect(issuer.seen[1]?.headers).not.toHaveProperty('authorization')
  })

  it('sends nothing without a token', async () => {
    const issuer = await serve(() => ({ status: 403, body: '{"error":"access_denied"}' }))
    const target = await serve()
    const http = client(
      `oauth2: {client_id: c, client_secret: sesame, token_url: '${issuer.url}/sesame'}`,
    )
    await expect(post(http, target.url)).rejects.toThrow(
      /^oauth2: cannot fetch token: status 403: access_denied$/,
    )
    expect(target.seen).toEqual([])
  })
})
