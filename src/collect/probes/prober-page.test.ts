import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { once } from 'node:events'
import http from 'node:http'
import net from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { encodeText } from '../../formats/prometheus-text/encode.ts'
import { FaultList } from '../../yaml/fault.ts'
import { parseYaml } from '../../yaml/parse.ts'
import { PROBE_METRICS } from './probe-metrics.ts'
import { readModules, type ProbeModules } from './probe-module.ts'
import { decideTimeout, Prober } from './prober-page.ts'

const folder = mkdtempSync(path.join(os.tmpdir(), 'vedette-prober-'))
const servers: net.Server[] = []
const seen: http.IncomingHttpHeaders[] = []
let httpPort = 0
let otherPort = 0
let silentPort = 0
let sshPort = 0

beforeAll(async () => {
  httpPort = await listen(http.createServer(answer))
  otherPort = await listen(http.createServer(answer))
  silentPort = await listen(net.createServer((socket) => socket.on('error', () => undefined)))
  sshPort = await listen(net.createServer((socket) => socket.end('SSH-2.0-Test_1 Debian\r\n')))
})

afterAll(async () => {
  for (const server of servers) server.close()
  rmSync(folder, { recursive: true, force: true })
})

async function listen(server: net.Server): Promise<number> {
  servers.push(server)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const place = server.address()
  return typeof place === 'object' && place !== null ? place.port : 0
}

function answer(request: http.IncomingMessage, response: http.ServerResponse): void {
  seen.push(request.headers)
  if (request.url === '/away')
    response.writeHead(302, { location: `http://127.0.0.1:${otherPort}/` })
  response.end('ok')
}

function modules(text: string): () => ProbeModules {
  const faults = new FaultList()
  const node = parseYaml(text, { faults, file: 'blackbox.yml' })
  const read =
    node === undefined ? new Map() : readModules(node, { folder, warnsUnsupported: true })
  expect(faults.items).toEqual([])
  return () => read
}

async function probe(
  text: string,
  params: Record<string, string>,
  more: { waitMs?: number; pingProgram?: string; lookup?: readonly string[] } = {},
): Promise<{ page: string; notes: string; success: boolean }> {
  const { pingProgram = 'ping', lookup = ['127.0.0.1'] } = more
  const prober = new Prober({
    modules: modules(text),
    lookup: () => Promise.resolve(lookup),
    pingProgram,
  })
  const request = { params: new URLSearchParams(params), signal: new AbortController().signal }
  const { families, notes, success } = await prober.answer({ ...request, waitMs: more.waitMs })
  return { page: encodeText(families), notes: notes.join('\n'), success }
}

describe('a probe', () => {
  it('of a module without a name is that of http_2xx', async () => {
    const text = 'modules: {http_2xx: {prober: http}}'
    const { page, success } = await probe(text, { target: `shop.test:${httpPort}` })
    expect(success).toBe(true)
    expect(page).toContain('probe_http_status_code 200')
  })

  it.each([
    [{ target: 'a', module: 'b' }, 'Unknown module "b"'],
    [{ module: 'http_2xx' }, 'Target parameter is missing'],
    [{ target: 'x'.repeat(9000) }, 'the target is too long'],
    [{ target: 'a', hostname: 'a\r\nb: c' }, 'hostname is not a name'],
  ])('of %j is refused: %s', async (params, message) => {
    await expect(probe('modules: {http_2xx: {prober: http}}', params)).rejects.toThrow(message)
  })

  it('ends before who asks gives up', async () => {
    const text = 'modules: {http_2xx: {prober: http}}'
    const params = { target: `127.0.0.1:${silentPort}` }
    const { page, notes, success } = await probe(text, params, { waitMs: 700 })
    expect(success).toBe(false)
    expect(page).toContain('probe_success 0')
    expect(page).toContain('probe_timeout_seconds 0.2')
    expect(notes).toContain('no answer in time')
  })

  it('sends credentials to nobody but its target, and tells them to nobody', async () => {
    const text =
      'modules: {a: {prober: http, http: {basic_auth: {username: u, password: hush}, headers: {X-Key: hush}}}}'
    seen.length = 0
    const params = { module: 'a', target: `127.0.0.1:${httpPort}/away` }
    const { page, notes, success } = await probe(text, params)
    expect(success).toBe(true)
    expect(seen.map((each) => [each.authorization !== undefined, each['x-key']])).toEqual([
      [true, 'hush'],
      [false, undefined],
    ])
    expect(page + notes).not.toContain('hush')
  })

  it('asks for the name that hostname says, at the address that the target is', async () => {
    seen.length = 0
    const params = { target: `127.0.0.1:${httpPort}`, hostname: 'shop.example.org' }
    await probe('modules: {http_2xx: {prober: http}}', params)
    expect(seen[0]?.host).toBe('shop.example.org')
  })

  it('tells what an expression matched', async () => {
    const text = `modules: {a: {prober: tcp, tcp: {query_response: [{expect: '^SSH-2.0-([^ -]+)(?: (.*))?$', labels: [{name: ssh_version, value: '\${1}'}, {name: rest, value: 'on \${2}'}]}]}}}`
    const { page } = await probe(text, { module: 'a', target: `127.0.0.1:${sshPort}` })
    expect(page).toContain('probe_expect_info{ssh_version="Test_1",rest="on Debian"} 1')
  })

  it('tells nothing that is not in the table', async () => {
    const text = 'modules: {http_2xx: {prober: http}}'
    const { page } = await probe(text, { target: `127.0.0.1:${httpPort}` })
    const told = Array.from(page.matchAll(/^# TYPE (\S+) gauge$/gm), ([, name]) => name)
    const known = PROBE_METRICS.filter(({ probers }) => probers.includes('http'))
    expect(known.map(({ name }) => name)).toEqual(expect.arrayContaining(told))
    expect(told.length).toBeGreaterThan(12)
  })

  it('takes the preferred kind of address, or the other where that is allowed', async () => {
    const asked = { module: 'a', target: 'shop.test:1' }
    const both = { lookup: ['192.0.2.1', '::1'] }
    const any = await probe('modules: {a: {prober: tcp}}', asked, both)
    expect(any.page).toContain('probe_ip_protocol 6')
    const none = await probe(
      'modules: {a: {prober: tcp, tcp: {preferred_ip_protocol: ip6, ip_protocol_fallback: false}}}',
      asked,
      { lookup: ['192.0.2.1'] },
    )
    expect(none.notes).toContain('has no address of kind ip6')
    expect(none.page).toContain('probe_ip_protocol 0')
  })
})

describe('an echo request', () => {
  const asked = { module: 'a', target: 'shop.test' }
  const fakePing = (lines: string): string => {
    const file = path.join(folder, 'ping')
    writeFileSync(file, `#!/bin/sh\n${lines}\n`)
    chmodSync(file, 0o755)
    return file
  }

  it('is sent by ping with the settings of the module', async () => {
    const pingProgram = fakePing(
      `echo "$@" > ${folder}/words; echo '8 bytes from 127.0.0.1: icmp_seq=1 ttl=57 time=12.5 ms'`,
    )
    const text =
      'modules: {a: {prober: icmp, icmp: {ttl: 5, payload_size: 100, dont_fragment: true}}}'
    const { page, success } = await probe(text, asked, { pingProgram })
    expect(success).toBe(true)
    expect(page).toContain('probe_icmp_duration_seconds{phase="rtt"} 0.0125')
    expect(page).toContain('probe_icmp_reply_hop_limit 57')
  })

  it.each([
    ['echo "ping: socket: Operation not permitted" >&2; exit 2', 'Operation not permitted'],
    ['echo "1 packets transmitted, 0 received"; exit 1', 'no echo reply'],
    ['exec sleep 20', 'no echo reply in time'],
  ])('fails with its reason: %s', async (script, reason) => {
    const pingProgram = fakePing(script)
    const { notes, success } = await probe('modules: {a: {prober: icmp}}', asked, {
      ...{ pingProgram, waitMs: 2000 },
    })
    expect(success).toBe(false)
    expect(notes).toContain(reason)
  })

  it('says what is missing where there is no ping', async () => {
    const pingProgram = path.join(folder, 'none')
    const { notes } = await probe('modules: {a: {prober: icmp}}', asked, { pingProgram })
    expect(notes).toContain('iputils-ping')
  })
})

describe('the timeout', () => {
  it.each([
    [undefined, undefined, 119_500],
    [undefined, 10_000, 9500],
    [5000, 10_000, 5000],
    [20_000, 10_000, 9500],
    [5000, undefined, 5000],
    [undefined, 300, 150],
    [undefined, 0, 119_500],
  ])('of a module with %s for who waits %s is %s', (moduleMs, waitMs, wanted) => {
    expect(decideTimeout(moduleMs, waitMs)).toBe(wanted)
  })
})

describe('the page about probes', () => {
  it('has every metric', () => {
    const page = readFileSync('docs/collect/probes.md', 'utf8')
    const rows = Array.from(page.matchAll(/^\| `(probe_\w+)` .*$/gm), ([row]) =>
      row.split('|').map((cell) => cell.trim()),
    )
    expect(rows.map((row) => row.slice(1, 5))).toEqual(
      PROBE_METRICS.map(({ name, help, labels, probers }) => [
        `\`${name}\``,
        labels.map((label) => `\`${label}\``).join(', '),
        probers.join(', '),
        help,
      ]),
    )
  })
})
