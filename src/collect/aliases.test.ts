import { describe, expect, it } from 'vitest'
import { buildAliases, decideAlias, type AliasDecision, type BuiltInPart } from './aliases.ts'

describe('buildAliases', () => {
  it.each([
    ['localhost:9100', 'node'],
    ['127.0.0.1:9100', 'node'],
    ['[::1]:9100', 'node'],
    ['node-exporter:9100', 'node'],
    ['Node-Exporter.:9100', 'node'],
    ['nodeexporter:9100', 'node'],
    ['localhost:9090', 'self'],
    ['prometheus:9090', 'self'],
    ['cadvisor:8080', 'cadvisor'],
    ['postgres-exporter:9187', 'postgres'],
    ['alertmanager:9093', 'alertmanager'],
    ['loki:3100', 'loki'],
    ['tempo:4317', 'tempo'],
    ['otel-collector:4317', 'otel-collector'],
    ['localhost:4317', 'tempo'],
  ])('%s is %s', (address, part) => {
    expect(buildAliases().find(address)).toBe(part)
  })
  it.each(['localhost:8080', 'backend:8080', 'node-exporter:9101', '10.0.0.5:9100', 'localhost'])(
    '%s is nobody',
    (address) => {
      expect(buildAliases().find(address)).toBeUndefined()
    },
  )
  it('lets the configuration add, replace and take away', () => {
    const aliases = buildAliases({
      'Host1:9100': 'node',
      'localhost:9090': 'none',
      'cadvisor:8080': 'node',
    })
    expect(aliases.find('host1:9100')).toBe('node')
    expect(aliases.find('localhost:9090')).toBeUndefined()
    expect(aliases.find('cadvisor:8080')).toBe('node')
  })
})

describe('decideAlias', () => {
  /** Decides with the parts self and node, on a machine where `answering` are live. */
  async function decide(
    address: string,
    answering: readonly string[],
    own: readonly string[] = [],
  ): Promise<{ decision: AliasDecision; probed: string[] }> {
    const probed: string[] = []
    const decision = await decideAlias({
      address,
      aliases: buildAliases(),
      available: new Set<BuiltInPart>(['self', 'node']),
      isOwn: (asked) => own.includes(asked),
      probe: (asked) => {
        probed.push(asked)
        return Promise.resolve(answering.includes(asked))
      },
    })
    return { decision, probed }
  }

  it('asks the network for what is not ours, without a probe', async () => {
    expect(await decide('backend:8080', [])).toEqual({ decision: { kind: 'network' }, probed: [] })
  })
  it('reads the part where nothing answers', async () => {
    const { decision, probed } = await decide('localhost:9100', [])
    expect(decision).toEqual({ kind: 'part', part: 'node' })
    expect(probed).toEqual(['localhost:9100'])
  })
  it('uses and reports a program that answers', async () => {
    const { decision } = await decide('localhost:9100', ['localhost:9100'])
    expect(decision).toMatchObject({ kind: 'foreign', part: 'node' })
    expect(decision).toHaveProperty('message', expect.stringContaining('localhost:9100'))
  })
  it('knows itself, wherever it listens', async () => {
    for (const address of ['localhost:9090', '127.0.0.1:19090']) {
      const { decision, probed } = await decide(address, [address], [address])
      expect(decision).toEqual({ kind: 'part', part: 'self' })
      expect(probed).toEqual([])
    }
  })
  it('reads the part of its own listener without asking itself', async () => {
    const probed: string[] = []
    const decision = await decideAlias({
      address: '127.0.0.1:19100',
      aliases: buildAliases({ '127.0.0.1:19100': 'none' }),
      available: new Set<BuiltInPart>(['self', 'node']),
      isOwn: () => false,
      ownPart: (address) => (address === '127.0.0.1:19100' ? 'node' : undefined),
      probe: (asked) => {
        probed.push(asked)
        return Promise.resolve(true)
      },
    })
    expect(decision).toEqual({ kind: 'part', part: 'node' })
    expect(probed).toEqual([])
  })
  it('reports a part that is not there yet', async () => {
    const { decision } = await decide('cadvisor:8080', [])
    expect(decision).toMatchObject({ kind: 'missing', part: 'cadvisor' })
  })
})
