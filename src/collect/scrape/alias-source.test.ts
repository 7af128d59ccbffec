import { afterEach, describe, expect, it } from 'vitest'
import { buildAliases, type AliasDecision, type BuiltInPart } from '../aliases.ts'
import { aliasSources, type PartSource } from './alias-source.ts'
import type { Page, PageSource } from './page-source.ts'
import { freeAddress, serve, type TestServer } from './test-server.ts'

const servers: TestServer[] = []

afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()))
})

const source =
  (name: string): PageSource =>
  async (): Promise<Page> => ({ bytes: new TextEncoder().encode(name), contentType: '' })

const signal = new AbortController().signal

/** Sources of addresses where `aliases` says which part is played; the part `node` exists, and the network answers `network`. */
function create(aliases: Record<string, BuiltInPart>, own: string[] = []) {
  const decisions: string[] = []
  const clock = { nowMs: 0 }
  const sourceOf = aliasSources({
    aliases: buildAliases(aliases),
    parts: new Map<BuiltInPart, PartSource>([
      [
        'blackbox',
        (given, params, waitMs) => source(`probed ${params.get('target')} ${waitMs}`)(given),
      ],
      ['node', (given, params) => source(`node${[...params].join(' ')}`)(given)],
      ['self', source('self')],
    ]),
    isOwn: (address) => own.includes(address),
    onDecision: (address: string, decision: AliasDecision) =>
      decisions.push(`${address} ${decision.kind}`),
    nowMs: () => clock.nowMs,
  })
  return {
    decisions,
    clock,
    sourceOf: (address: string, query = '', path = '/metrics') => {
      const url = `http://${address}${path}${query}`
      const made = sourceOf({ address, url, timeoutMs: 10_000 }, source('network'))
      return async (): Promise<string> => new TextDecoder().decode((await made(signal)).bytes)
    },
  }
}

describe('a target', () => {
  it('that is none of the replaced programs is fetched, and nobody asks about it', async () => {
    const { sourceOf, decisions } = create({})
    expect(await sourceOf('web:1234')()).toBe('network')
    expect(decisions).toEqual([])
  })

  it('is played by its part when nothing answers there', async () => {
    const address = await freeAddress()
    const { sourceOf, decisions } = create({ [address]: 'node' })
    const read = sourceOf(address)
    expect([await read(), await read()]).toEqual(['node', 'node'])
    expect(decisions).toEqual([`${address} part`])
  })

  it('is played with the parameters that it is asked with', async () => {
    const address = await freeAddress()
    const { sourceOf } = create({ [address]: 'node' })
    expect(await sourceOf(address, '?collect%5B%5D=cpu&a=b')()).toBe('nodecollect[],cpu a,b')
  })

  it('is probed by what plays blackbox_exporter, and by no other part', async () => {
    const [address, other] = [await freeAddress(), await freeAddress()]
    const { sourceOf } = create({ [address]: 'blackbox', [other]: 'node' }, ['own:1'])
    expect(await sourceOf(address, '?target=a', '/probe')()).toBe('probed a 10000')
    expect(await sourceOf(other, '?target=a', '/probe')()).toBe('network')
    expect(await sourceOf('own:1', '?target=a', '/probe')()).toBe('network')
  })

  it('is fetched when a program answers there', async () => {
    const server = await serve((_, response) => response.end())
    servers.push(server)
    const { sourceOf, decisions } = create({ [server.address]: 'node' })
    expect(await sourceOf(server.address)()).toBe('network')
    expect(decisions).toEqual([`${server.address} foreign`])
  })

  it('is decided anew every minute', async () => {
    const server = await serve((_, response) => response.end())
    const { sourceOf, decisions, clock } = create({ [server.address]: 'node' })
    const read = sourceOf(server.address)
    expect(await read()).toBe('network')
    await server.close()
    clock.nowMs = 60_000
    expect(await read()).toBe('network')
    clock.nowMs = 60_001
    expect(await read()).toBe('node')
    expect(decisions).toEqual([`${server.address} foreign`, `${server.address} part`])
  })

  it('that this process listens at is itself, and not a foreign program', async () => {
    const server = await serve((_, response) => response.end())
    servers.push(server)
    const { sourceOf } = create({}, [server.address])
    expect(await sourceOf(server.address)()).toBe('self')
  })

  it('of a part that does not exist yet is fetched, and that is said', async () => {
    const address = await freeAddress()
    const { sourceOf, decisions } = create({ [address]: 'tempo' })
    expect(await sourceOf(address)()).toBe('network')
    expect(decisions).toEqual([`${address} missing`])
  })

  it.each(['node-exporter', 'node-exporter:99999', '[::1]:1'])(
    'at %s can be asked about',
    async (address) => {
      const { sourceOf } = create({ [address]: 'node' })
      expect(await sourceOf(address)()).toBe('node')
    },
  )
})
