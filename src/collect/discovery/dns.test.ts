import { Resolver } from 'node:dns/promises'
import { afterEach, describe, expect, it } from 'vitest'
import { createLog } from '../../self/log.ts'
import { createRegistry } from '../../self/metrics.ts'
import { startDnsServer, type FakeZone } from '../probes/testing/dns-server.ts'
import { Discoveries } from './discoveries.ts'
import { dnsDiscovery, type DnsDiscoverySettings } from './dns.ts'
import { parseSearchRules, searchNames, type SearchRules } from './search-names.ts'
import type { TargetGroup } from './target-group.ts'

const ends: (() => Promise<void> | void)[] = []

afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end()
})

async function discover(
  zone: FakeZone,
  settings: Partial<DnsDiscoverySettings>,
  rules: SearchRules = { suffixes: [], ndots: 1 },
): Promise<{ targets: () => object[]; updates: () => number; lines: string[] }> {
  const server = await startDnsServer(zone)
  ends.push(() => server.close())
  const lines: string[] = []
  const log = createLog({ write: (line) => lines.push(line) })
  const deps = new Discoveries({ registry: createRegistry() }).depsOf('shop', log)
  const resolver = new Resolver({ timeout: 500, tries: 1 })
  resolver.setServers([`127.0.0.1:${server.port}`])
  const all = { names: [], type: 'SRV', port: 0, refreshIntervalMs: 20, ...settings } as const
  const discovery = dnsDiscovery(all, deps, { resolver, rules: () => rules })
  ends.push(() => discovery.stop())
  let groups: readonly TargetGroup[] = []
  let updates = 0
  discovery.start((found) => {
    groups = found
    updates++
  })
  return {
    targets: () => groups.flatMap((group) => group.targets.map((labels) => labels.toObject())),
    updates: () => updates,
    lines,
  }
}

const SOON = { timeout: 10_000, interval: 5 }

describe('the records of a name', () => {
  const records: FakeZone['records'] = {
    '_http._tcp.shop.test.': [
      { type: 33, port: 8080, name: 'a.shop.test.' },
      { type: 33, port: 8081, name: 'b.shop.test.' },
    ],
    'shop.test.': [
      { type: 1, address: '192.0.2.1' },
      { type: 28, groups: [0x2001, 0xdb8, 0, 0, 0, 0, 0, 1] },
      { type: 15, preference: 10, name: 'mail.shop.test.' },
      { type: 2, name: 'ns.shop.test.' },
    ],
  }

  it.each([
    [
      { type: 'SRV', names: ['_http._tcp.shop.test'] },
      [srv('a.shop.test', 8080), srv('b.shop.test', 8081)],
    ],
    [
      { type: 'A', names: ['shop.test'], port: 9100 },
      [{ __address__: '192.0.2.1:9100', __meta_dns_name: 'shop.test' }],
    ],
    [
      { type: 'AAAA', names: ['shop.test.'], port: 9100 },
      [{ __address__: '[2001:db8::1]:9100', __meta_dns_name: 'shop.test.' }],
    ],
    [
      { type: 'MX', names: ['shop.test'], port: 25 },
      [
        {
          __address__: 'mail.shop.test:25',
          __meta_dns_name: 'shop.test',
          __meta_dns_mx_record_target: 'mail.shop.test.',
        },
      ],
    ],
    [
      { type: 'NS', names: ['shop.test'], port: 53 },
      [
        {
          __address__: 'ns.shop.test:53',
          __meta_dns_name: 'shop.test',
          __meta_dns_ns_record_target: 'ns.shop.test.',
        },
      ],
    ],
    [{ type: 'A', names: ['none.test'], port: 1 }, []],
  ] as const)('are targets: %j', async (settings, wanted) => {
    const found = await discover({ records }, settings)
    await expect.poll(found.updates, SOON).toBeGreaterThan(0)
    const byAddress = (targets: readonly object[]): string[] =>
      targets.map((target) => JSON.stringify(sorted(target))).toSorted()
    expect(byAddress(found.targets())).toEqual(byAddress(wanted))
    expect(found.lines).toEqual([])
  })

  it('are looked for in the domains of this machine', async () => {
    const rules = { suffixes: ['none.test', 'test'], ndots: 2 }
    const found = await discover({ records }, { type: 'A', names: ['shop'], port: 1 }, rules)
    await expect
      .poll(found.targets, SOON)
      .toEqual([{ __address__: '192.0.2.1:1', __meta_dns_name: 'shop' }])
  })

  it('stay while the servers fail, and are gone with the name', async () => {
    const zone: FakeZone = { records }
    const settings = { type: 'A', names: ['shop.test', 'none.test'], port: 1 } as const
    const found = await discover(zone, settings)
    await expect.poll(() => found.targets().length, SOON).toBe(1)
    zone.rcode = 2
    await expect.poll(() => found.lines.length, SOON).toBeGreaterThan(0)
    expect(found.lines[0]).toContain('SERVFAIL')
    expect(found.targets()).toHaveLength(1)
    delete zone.rcode
    zone.records = {}
    await expect.poll(() => found.targets().length, SOON).toBe(0)
  })
})

function srv(name: string, port: number): object {
  return {
    __address__: `${name}:${port}`,
    __meta_dns_name: '_http._tcp.shop.test',
    __meta_dns_srv_record_target: `${name}.`,
    __meta_dns_srv_record_port: String(port),
  }
}

function sorted(labels: object): object {
  return Object.fromEntries(Object.entries(labels).toSorted(([a], [b]) => (a < b ? -1 : 1)))
}

describe('names', () => {
  it.each([
    ['db', 'search a.test b.test.\noptions ndots:2', ['db.a.test', 'db.b.test', 'db']],
    ['db.x', 'search a.test', ['db.x', 'db.x.a.test']],
    ['db.x', 'options rotate ndots:5\nsearch a.test # ours', ['db.x.a.test', 'db.x']],
    ['db.', 'search a.test', ['db']],
    ['db', 'domain a.test', ['db.a.test', 'db']],
    ['db', '', ['db']],
  ])('%s under %j are asked for as %j', (name, text, wanted) => {
    expect(searchNames(name, parseSearchRules(text))).toEqual(wanted)
  })
})
