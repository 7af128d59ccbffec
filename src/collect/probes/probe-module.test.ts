import { describe, expect, it } from 'vitest'
import { FaultList, formatFault } from '../../yaml/fault.ts'
import { parseYaml } from '../../yaml/parse.ts'
import { defaultModules, readBlackboxSection } from './blackbox-section.ts'
import { readModules } from './probe-module.ts'

function read(text: string): { modules: ReturnType<typeof readModules>; faults: string[] } {
  const faults = new FaultList()
  const node = parseYaml(text, { faults, file: 'blackbox.yml', env: {} })
  const modules = node === undefined ? new Map() : readModules(node, CONTEXT)
  return { modules, faults: faults.items.map(formatFault) }
}

const CONTEXT = { folder: '/tmp', warnsUnsupported: true }

describe('a modules file', () => {
  it('has its settings under the names of blackbox_exporter', () => {
    const { modules, faults } = read(`
modules:
  http_post:
    prober: http
    timeout: 5s
    http:
      method: POST
      body: '{}'
      valid_status_codes: [200, 201]
      no_follow_redirects: true
      preferred_ip_protocol: ip4
      ip_protocol_fallback: false
      headers: {Host: shop.example.org}
  postgres:
    prober: tcp
    tcp:
      query_response:
        - send: !!binary AAAACATSFi8=
        - expect_bytes: S
        - starttls: true
        - expect: 'PING :(\\S+)'
          send: 'PONG \${1}'
`)
    expect(faults).toEqual([])
    expect(modules.get('http_post')).toMatchObject({
      prober: 'http',
      timeoutMs: 5000,
      http: {
        method: 'POST',
        validStatusCodes: [200, 201],
        client: { followRedirects: false },
        choice: { preferred: 'ip4', hasFallback: false },
      },
    })
    expect(modules.get('postgres')).toMatchObject({
      tcp: {
        steps: [
          { send: Buffer.from('00000008 04d2162f'.replace(' ', ''), 'hex') },
          { expectBytes: Buffer.from('S') },
          { startTls: true },
          { expect: { source: 'PING :(\\S+)' } },
        ],
      },
    })
  })

  it('that comes with the program is right', () => {
    const faults = new FaultList()
    const modules = defaultModules({ faults, env: {} })
    expect(faults.items).toEqual([])
    expect([...modules.keys()]).toContain('http_2xx')
    const irc = modules.get('irc_banner')
    const sends = irc?.prober === 'tcp' ? irc.tcp.steps.map(({ send }) => String(send)) : []
    expect(sends).toContain('PONG ${1}')
  })

  it.each([
    ['modules: {a: {prober: htp}}', '1:23: prober: must be one of http, tcp'],
    ['modules: {a: {timeout: 5s}}', '1:11: a: prober must be set'],
    ['modules: {a: }', '1:11: a: an empty module'],
    [
      'modules: {a: {prober: http, http: {valid_statuscodes: [1]}}}',
      'did you mean valid_status_codes',
    ],
    ['modules: {a: {prober: http, http: {valid_status_codes: [abc]}}}', 'must be a whole number'],
    ['modules: {a: {prober: http, http: {fail_if_body_matches_regexp: ["a(b"]}}}', 'RE2: '],
    ['modules: {a: {prober: http, http: {fail_if_body_matches_regexp: ["(?=a)"]}}}', 'RE2: '],
    ['modules: {a: {prober: http, http: {body: a, body_file: b}}}', 'excludes body'],
    [
      'modules: {a: {prober: http, http: {basic_auth: {username: a}, bearer_token: b}}}',
      'at most one',
    ],
    [
      'modules: {a: {prober: http, http: {compression: gzip, headers: {Accept-Encoding: br}}}}',
      'gzip',
    ],
    ['modules: {a: {prober: http, http: {compression: lzw}}}', 'must be one of gzip'],
    [
      'modules: {a: {prober: http, http: {fail_if_header_matches: [{regexp: a}]}}}',
      'header must be set',
    ],
    ['modules: {a: {prober: http, http: {fail_if_body_json_matches_cel: "body.a"}}}', 'CEL'],
    ['modules: {a: {prober: http, http: {enable_http3: true}}}', 'HTTP/3'],
    ['modules: {a: {prober: http, http: {method: "GE T"}}}', 'is not a method'],
    [
      'modules: {a: {prober: tcp, tcp: {query_response: [{expect: a, expect_bytes: b}]}}}',
      'excludes expect',
    ],
    ['modules: {a: {prober: tcp, tcp: {source_ip_address: here}}}', 'must be an IP address'],
    ['modules: {a: {prober: dns}}', 'needs dns: {query_name'],
    ['modules: {a: {prober: dns, dns: {query_type: A}}}', 'query_name must be set'],
    ['modules: {a: {prober: dns, dns: {query_name: a, query_type: AAA}}}', 'did you mean'],
    [
      'modules: {a: {prober: dns, dns: {query_name: a, valid_rcodes: [OK]}}}',
      'must be one of NOERROR',
    ],
    [
      'modules: {a: {prober: dns, dns: {query_name: a, dns_over_tls: true}}}',
      'transport_protocol: tcp',
    ],
    ['modules: {a: {prober: icmp, icmp: {ttl: 256}}}', 'must be at most 255'],
    ['modules: {a: {prober: websocket}}', 'websocket is not supported; probes'],
    ['modles: {}', 'did you mean modules?'],
  ])('%s is refused: %s', (text, message) => {
    expect(read(text).faults.join('\n')).toContain(message)
  })
})

describe('the section blackbox', () => {
  const section = (text: string) => {
    const faults = new FaultList()
    const node = parseYaml(text, { faults, file: 'vedette.yml' })?.asMap()?.key('blackbox')
    const settings = readBlackboxSection(node, {
      folder: '/tmp',
      found: undefined,
      faults,
      env: {},
    })
    return { modules: settings.modules, faults: faults.items.map(formatFault) }
  }

  it('has the modules that come with the program besides its own', () => {
    const { modules, faults } = section(
      'blackbox: {modules: {icmp: {prober: tcp}, own: {prober: icmp}}}',
    )
    expect(faults).toEqual([])
    expect([modules.get('icmp')?.prober, modules.get('own')?.prober]).toEqual(['tcp', 'icmp'])
    expect(modules.has('http_2xx')).toBe(true)
  })

  it('does not play a module that cannot be used by another of its name', () => {
    const text = 'blackbox: {modules: {http_2xx: {prober: http, http: {enable_http3: true}}}}'
    const { modules, faults } = section(text)
    expect(faults.join()).toContain('warning: enable_http3: HTTP/3 is not spoken here')
    expect(modules.has('http_2xx')).toBe(false)
  })

  it('that names a file which is not there says so', () => {
    expect(section('blackbox: none.yml').faults).toEqual([
      'vedette.yml:1:11: blackbox: there is no file /tmp/none.yml',
    ])
  })
})
