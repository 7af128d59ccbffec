import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import http from 'node:http'
import http2 from 'node:http2'
import https from 'node:https'
import net from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import tls from 'node:tls'
import zlib from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Prober } from '../../src/collect/probes/prober-page.ts'
import { readModules, type ProbeModules } from '../../src/collect/probes/probe-module.ts'
import { startDnsServer, type FakeDnsServer } from '../../src/collect/probes/testing/dns-server.ts'
import { createBlackboxListener } from '../../src/http/blackbox.ts'
import type { Listener } from '../../src/http/listener.ts'
import {
  createAuthority,
  createCertificate,
  hasOpenssl,
} from '../../src/outbound/testing/certificates.ts'
import { createLog } from '../../src/self/log.ts'
import { createRegistry } from '../../src/self/metrics.ts'
import { FaultList } from '../../src/yaml/fault.ts'
import { parseYaml } from '../../src/yaml/parse.ts'

const PROGRAM = '/usr/bin/prometheus-blackbox-exporter'
const isPossible = existsSync(PROGRAM) && hasOpenssl()
if (!existsSync(PROGRAM))
  console.log(`notice: ${PROGRAM} is missing: probes are not compared with blackbox_exporter`)

const folder = mkdtempSync(path.join(os.tmpdir(), 'vedette-blackbox-'))
const ports: Record<string, number> = {}
const ends: (() => Promise<unknown> | void)[] = []
let theirs = ''
let ours = ''

/** The modules that both read. `query_name` and the like are those of the fake servers. */
function modulesText(): string {
  return `
modules:
  http: {prober: http, timeout: 5s}
  http4: {prober: http, timeout: 5s, http: {preferred_ip_protocol: ip4}}
  post: {prober: http, http: {method: POST, body: 'a=b', headers: {X-Own: seen}}}
  stay: {prober: http, http: {follow_redirects: false, valid_status_codes: [302]}}
  body_good: {prober: http, http: {fail_if_body_not_matches_regexp: ['hel+o']}}
  body_bad: {prober: http, http: {fail_if_body_matches_regexp: ['hel+o']}}
  header_bad: {prober: http, http: {fail_if_header_matches: [{header: X-Kind, regexp: 'wr.ng'}]}}
  header_missing: {prober: http, http: {fail_if_header_not_matches: [{header: X-None, regexp: a}]}}
  header_allowed: {prober: http, http: {fail_if_header_not_matches: [{header: X-None, regexp: a, allow_missing: true}]}}
  version: {prober: http, http: {valid_http_versions: [HTTP/2.0]}}
  not_ssl: {prober: http, http: {fail_if_not_ssl: true}}
  gzip: {prober: http, http: {compression: gzip, fail_if_body_not_matches_regexp: ['^hello$']}}
  small: {prober: http, http: {body_size_limit: 3B}}
  login: {prober: http, http: {basic_auth: {username: u, password: p}}}
  https: {prober: http, http: {tls_config: {ca_file: ${folder}/ca.pem}}}
  https11: {prober: http, http: {enable_http2: false, tls_config: {ca_file: ${folder}/ca.pem}}}
  https_any: {prober: http, http: {fail_if_ssl: true, tls_config: {insecure_skip_verify: true}}}
  tcp: {prober: tcp}
  ssh: {prober: tcp, tcp: {query_response: [{expect: '^SSH-2.0-([^ -]+)(?: (.*))?$', send: 'hello \${1}'}]}}
  ssh_bad: {prober: tcp, timeout: 1s, tcp: {query_response: [{expect: '^HTTP'}]}}
  tcp_tls: {prober: tcp, tcp: {tls: true, tls_config: {ca_file: ${folder}/ca.pem}}}
  starttls: {prober: tcp, timeout: 3s, tcp: {query_response: [{expect: '^220'}, {send: STARTTLS}, {expect: '^220'}, {starttls: true}, {send: EHLO}, {expect: '^250'}], tls_config: {ca_file: ${folder}/ca.pem}}}
  dns: {prober: dns, dns: {query_name: www.example.org, query_type: A, validate_answer_rrs: {fail_if_not_matches_regexp: ["www.example.org.\\t300\\tIN\\tA\\t192.0.2.1"]}}}
  dns_tcp: {prober: dns, dns: {query_name: www.example.org, query_type: ANY, transport_protocol: tcp}}
  dns_soa: {prober: dns, dns: {query_name: example.org, query_type: SOA}}
  dns_none: {prober: dns, dns: {query_name: none.example.org, query_type: A}}
  dns_nx: {prober: dns, dns: {query_name: none.example.org, query_type: A, valid_rcodes: [NXDOMAIN]}}
  dns_bad: {prober: dns, dns: {query_name: example.org, query_type: TXT, validate_answer_rrs: {fail_if_matches_regexp: ['"v=spf1']}}}
`
}

/** Module and target of each comparison; the name of a fake server stands for its port. */
const CASES: readonly (readonly [string, string])[] = [
  ['http', 'http://127.0.0.1:http/'],
  ['http', '127.0.0.1:http/chunked'],
  ['http4', 'http://localhost:http/modified'],
  ['http', 'http://127.0.0.1:http/redirect'],
  ['http', 'http://127.0.0.1:http/loop'],
  ['http', 'http://127.0.0.1:http/cookie'],
  ['http', 'http://127.0.0.1:http/wrong'],
  ['http', 'http://127.0.0.1:closed/'],
  ['http', 'http://127.0.0.1:http/length'],
  ['post', 'http://127.0.0.1:http/echo'],
  ['post', 'http://127.0.0.1:http/redirect'],
  ['stay', 'http://127.0.0.1:http/redirect'],
  ['body_good', 'http://127.0.0.1:http/'],
  ['body_bad', 'http://127.0.0.1:http/'],
  ['header_bad', 'http://127.0.0.1:http/'],
  ['header_missing', 'http://127.0.0.1:http/'],
  ['header_allowed', 'http://127.0.0.1:http/'],
  ['version', 'http://127.0.0.1:http/'],
  ['not_ssl', 'http://127.0.0.1:http/'],
  ['gzip', 'http://127.0.0.1:http/gzip'],
  ['gzip', 'http://127.0.0.1:http/'],
  ['small', 'http://127.0.0.1:http/'],
  ['login', 'http://127.0.0.1:http/login'],
  ['https', 'https://localhost:https/'],
  ['https11', 'https://127.0.0.1:https/'],
  ['https_any', 'https://127.0.0.1:https/'],
  ['http', 'https://127.0.0.1:https/'],
  ['https', 'https://localhost:http2/'],
  ['https11', 'https://localhost:http2/'],
  ['https', 'http://127.0.0.1:http/to-https'],
  ['tcp', '127.0.0.1:ssh'],
  ['tcp', '127.0.0.1:closed'],
  ['tcp', '127.0.0.1'],
  ['ssh', '127.0.0.1:ssh'],
  ['ssh_bad', '127.0.0.1:ssh'],
  ['tcp_tls', 'localhost:https'],
  ['tcp_tls', '127.0.0.1:http'],
  ['starttls', 'localhost:starttls'],
  ['dns', '127.0.0.1:dns'],
  ['dns_tcp', '127.0.0.1:dns'],
  ['dns_soa', '127.0.0.1:dns'],
  ['dns_none', '127.0.0.1:dns'],
  ['dns_nx', '127.0.0.1:dns'],
  ['dns_bad', '127.0.0.1:dns'],
]

beforeAll(async () => {
  if (!isPossible) return
  const ca = createAuthority(folder, 'ca')
  const files = createCertificate(folder, 'server', ca, 'DNS:localhost,DNS:shop.test,IP:127.0.0.1')
  const pem = { cert: readFileSync(files.cert), key: readFileSync(files.key) }
  await listen('http', http.createServer(answer))
  await listen('https', https.createServer(pem, answer))
  const secure = http2.createSecureServer({ ...pem, allowHTTP1: true })
  secure.on('request', (_, response) => response.end('hello'))
  await listen('http2', secure)
  await listen('ssh', net.createServer(banner))
  await listen(
    'starttls',
    net.createServer((socket) => startTls(socket, pem)),
  )
  const closed = net.createServer()
  await listen('closed', closed)
  closed.close()
  const dns = await startZone()
  ports['dns'] = dns.port
  writeFileSync(path.join(folder, 'blackbox.yml'), modulesText())
  await startTheirs()
  await startOurs()
})

afterAll(async () => {
  for (const end of ends.toReversed()) await end()
  rmSync(folder, { recursive: true, force: true })
})

function answer(request: http.IncomingMessage, response: http.ServerResponse): void {
  const redirect = (location: string): void =>
    void response.writeHead(302, { location }).end('elsewhere')
  switch (request.url) {
    case '/chunked':
      response.write('hel')
      response.end('lo')
      return
    case '/modified':
      response.setHeader('Last-Modified', 'Wed, 21 Oct 2015 07:28:00 GMT')
      break
    case '/redirect':
      return redirect('/')
    case '/loop':
      return redirect('/loop')
    case '/to-https':
      return redirect(`https://localhost:${ports['https']}/`)
    case '/cookie': {
      if (request.headers.cookie === 'seen=1') break
      response.setHeader('Set-Cookie', 'seen=1; Path=/; HttpOnly')
      return redirect('/cookie')
    }
    case '/wrong':
      response.statusCode = 503
      break
    case '/gzip':
      response.setHeader('Content-Encoding', 'gzip')
      response.end(zlib.gzipSync('hello'))
      return
    case '/login':
      if (request.headers.authorization !== `Basic ${btoa('u:p')}`) response.statusCode = 401
      break
    case '/echo':
      if (request.method !== 'POST' || request.headers['x-own'] !== 'seen')
        response.statusCode = 400
      break
    case '/length':
      response.setHeader('Content-Length', '5')
      break
    default:
  }
  response.setHeader('X-Kind', 'wrong')
  response.end('hello')
}

function banner(socket: net.Socket): void {
  socket.on('error', () => undefined)
  socket.end('SSH-2.0-OpenSSH_9.2p1 Debian 12\r\n')
  socket.resume()
}

function startTls(socket: net.Socket, pem: tls.SecureContextOptions): void {
  socket.on('error', () => undefined)
  socket.write('220 ready\r\n')
  socket.once('data', () => {
    socket.write('220 go ahead\r\n')
    const secure = new tls.TLSSocket(socket, { ...pem, isServer: true })
    secure.on('error', () => undefined)
    secure.on('data', () => secure.write('250 hello\r\n'))
  })
}

async function startZone(): Promise<FakeDnsServer> {
  const dns = await startDnsServer({
    records: {
      'www.example.org.': [
        { type: 1, address: '192.0.2.1' },
        { type: 28, groups: [0x2001, 0xdb8, 0, 0, 0, 0, 0, 1] },
      ],
      'example.org.': [
        { type: 6, serial: 2_024_010_203 },
        { type: 16, text: 'v=spf1 -all' },
      ],
    },
  })
  ends.push(() => dns.close())
  return dns
}

async function listen(name: string, server: net.Server | http2.Http2SecureServer): Promise<void> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const place = server.address()
  ports[name] = typeof place === 'object' && place !== null ? place.port : 0
  ends.push(() => void server.close())
}

async function startTheirs(): Promise<void> {
  const free = net.createServer()
  await listen('theirs', free)
  free.close()
  await once(free, 'close')
  const args = [`--config.file=${folder}/blackbox.yml`]
  const place = `127.0.0.1:${ports['theirs']}`
  const child = spawn(PROGRAM, [...args, `--web.listen-address=${place}`], { stdio: 'ignore' })
  ends.push(async () => {
    if (child.exitCode !== null) return
    child.kill('SIGKILL')
    await once(child, 'exit')
  })
  theirs = `http://${place}`
  for (let i = 0; i < 200; i++) {
    const isUp = await fetch(`${theirs}/metrics`).then(
      () => true,
      () => false,
    )
    if (isUp) return
    await sleep(50)
  }
  throw new Error('blackbox_exporter does not answer')
}

function readOurModules(): ProbeModules {
  const faults = new FaultList()
  const node = parseYaml(modulesText(), { faults, file: 'blackbox.yml' })
  const modules = node && readModules(node, { folder, warnsUnsupported: true })
  expect(faults.items).toEqual([])
  return modules ?? new Map()
}

async function startOurs(): Promise<void> {
  const modules = readOurModules()
  const listener: Listener = createBlackboxListener(
    {
      prober: new Prober({ modules: () => modules }),
      registry: createRegistry(),
      log: createLog({ write: () => undefined }),
    },
    { address: { host: '127.0.0.1', port: 0 }, access: {} },
  )
  ours = `http://127.0.0.1:${await listener.listen()}`
  ends.push(() => listener.close())
}

interface Page {
  /** Value by series, as both write it. */
  readonly values: Readonly<Record<string, number>>
  readonly types: Readonly<Record<string, string>>
}

async function read(base: string, module: string, target: string): Promise<Page> {
  const query = new URLSearchParams({ module, target })
  const answered = await fetch(`${base}/probe?${query.toString()}`)
  const text = await answered.text()
  expect(answered.status, text).toBe(200)
  const lines = text.split('\n')
  const series = lines.flatMap((line) => {
    const found = /^([a-z_0-9]+)(?:\{(.*)\})? (\S+)$/.exec(line)
    if (!found) return []
    const labels = (found[2] ?? '').split(/,(?=[a-z_0-9]+=")/).toSorted()
    const kept = labels.filter((label) => !label.startsWith('serialnumber='))
    return [[`${found[1]}{${kept.join(',')}}`, Number(found[3])] as const]
  })
  const types = lines.flatMap((line) => {
    const found = /^# TYPE (\S+) (\S+)$/.exec(line)
    return found ? [[found[1] ?? '', found[2] ?? ''] as const] : []
  })
  return { values: Object.fromEntries(series), types: Object.fromEntries(types) }
}

/** What newer versions have besides. */
const NEWER = /^(?:probe_timeout_seconds|probe_tls_cipher_info|probe_failed_due_to_bytes)\b/
/** Durations differ from probe to probe. */
const TIMED = /^probe_(?:\w+_)?(?:duration|lookup_time)_seconds/

describe.skipIf(!isPossible)('probes agree with blackbox_exporter', () => {
  it.each(CASES)('%s of %s', async (module, written) => {
    const target = written.replace(/:([a-z]+\d?)(?=\/|$)/, (_, name: string) => `:${ports[name]}`)
    const [expected, found] = [await read(theirs, module, target), await read(ours, module, target)]
    const comparable = (page: Page): Record<string, number> =>
      Object.fromEntries(
        Object.entries(page.values)
          .filter(([name]) => !NEWER.test(name))
          .map(([name, value]) => [name, TIMED.test(name) ? 0 : value]),
      )
    expect(comparable(found)).toEqual(comparable(expected))
    expect(found.types).toMatchObject(expected.types)
    const timed = Object.entries(found.values).filter(([name]) => TIMED.test(name))
    expect(timed.filter(([, value]) => !(value >= 0))).toEqual([])
  })
})
