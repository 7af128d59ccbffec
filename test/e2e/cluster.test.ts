import { describe, expect, it } from 'vitest'
import type { UserJson } from '../../src/contract/access.ts'
import type { GettableSilenceJson } from '../../src/contract/alertmanager.ts'
import { parseJson } from '../house/parse-json.ts'
import { findPostgres } from '../integration/postgres/cluster.ts'
import type { Server } from './server.ts'
import { byForm, isShort } from './tools/form.ts'
import { notice } from './tools/notice.ts'
import { queryRaw } from './tools/query.ts'
import { runVedette } from './tools/run-vedette.ts'
import {
  findTeller,
  INTERVAL_MS,
  PATIENCE_MS,
  seeCluster,
  SHOPS,
  TwoMembers,
} from './tools/two-members.ts'
import { waitFor } from './tools/wait-for.ts'

const programs = findPostgres()
if (programs === undefined) notice('PostgreSQL is not installed: no cluster is tested')

/** What is promised: nothing stands still for longer when a member is killed. */
const LONGEST_GAP_MS = 30_000
/** So little apart are two scrapes of one target only when two members scrape it; who takes over does not wait for its slot. */
const ONE_SCRAPE_MS = INTERVAL_MS / 2

const isSilences = (json: unknown): json is GettableSilenceJson[] => Array.isArray(json)
const isUser = (json: unknown): json is UserJson => json !== null

describe.skipIf(programs === undefined)('two members of a cluster', () => {
  it('divide the work, and one goes on with all of it when the other is killed, whichever it is', async () => {
    const cluster = await TwoMembers.prepare(programs ?? '')
    const servers = new Map<string, Server>()
    servers.set('a', await cluster.join('a'))
    servers.set('b', await cluster.join('b'))
    const serverOf = (name: string): Server => {
      const server = servers.get(name)
      if (server === undefined) throw new Error(`there is no member ${name}`)
      return server
    }
    await cluster.untilEven(serverOf('a'), 2)
    await expectDivided(cluster, [serverOf('a'), serverOf('b')])
    await expectShown([serverOf('a'), serverOf('b')])
    const status = await runVedette('status', '--url', serverOf('b').url())
    expect(status.out).toMatch(/^ {2}a {2,}\S+ +http:\S+ +32\/64 /m)
    expect(status.out).toMatch(/^ {2}b \(this one\) +\S+ +http:\S+ +32\/64 /m)
    expect(status.out.match(/sends notifications/g)).toHaveLength(1)

    // Once the member that sends is killed, once the other.
    const rounds = byForm({ short: [true], full: [true, false] })
    for (const [round, isTeller] of rounds.entries()) {
      const [first, second] = [2 * round, 2 * round + 1]
      const teller = (await findTeller(serverOf('a'))).name
      const other = teller === 'a' ? 'b' : 'a'
      const [victim, survivor] = isTeller ? [teller, other] : [other, teller]
      cluster.down.add(first)
      // Killed between sending and noting it would send again: at least once, as docs/cluster.md says.
      await cluster.untilNoted(first)
      const killedMs = Date.now()
      await serverOf(victim).kill()
      cluster.down.add(second)
      await waitFor(
        'one member to have everything',
        async () => {
          const seen = await seeCluster(serverOf(survivor))
          const [alive, ...more] = seen?.members.filter(({ isAlive }) => isAlive) ?? []
          return more.length === 0 && alive?.shards === seen?.shards
        },
        LONGEST_GAP_MS,
      )
      await cluster.untilTold(`${second} firing`)
      await untilEvaluatedPast(serverOf(survivor), Date.now())
      expect(await longestGapMs(serverOf(survivor), killedMs)).toBeLessThan(LONGEST_GAP_MS)
      cluster.down.clear()
      await cluster.untilTold(`${first} resolved`)
      await cluster.untilTold(`${second} resolved`)
      servers.set(victim, await cluster.join(victim))
      await cluster.untilEven(serverOf(survivor), 2)
    }
    await expectDivided(cluster, [serverOf('a'), serverOf('b')])
    expect(cluster.told().sort()).toEqual(
      rounds
        .flatMap((_, round) => [2 * round, 2 * round + 1])
        .flatMap((shop) => [`${shop} firing`, `${shop} resolved`]),
    )
  }, 900_000)

  it.skipIf(isShort)(
    'know what people changed on the other, and do nothing that was taken from them while frozen',
    async () => {
      const cluster = await TwoMembers.prepare(programs ?? '')
      const [a, b] = [await cluster.join('a'), await cluster.join('b')]
      await cluster.untilEven(a, 2)
      const silence = await silenceShop(a, 5)
      await waitFor('the silence on the other', async () => {
        const answer = await fetch(`${b.url('alertmanager')}/api/v2/silences`)
        return parseJson(await answer.text(), isSilences).some(({ id }) => id === silence)
      })
      await expectUserOfOther(a, b)
      cluster.down.add(4).add(5)
      await cluster.untilNoted(4)

      const teller = (await findTeller(a)).name
      const [frozen, other] = teller === 'a' ? [a, b] : [b, a]
      frozen.signal('SIGSTOP')
      await waitFor(
        'everything to be taken over',
        async () => {
          const seen = await seeCluster(other)
          return seen?.members.some(({ id, shards }) => id === seen.self && shards === seen.shards)
        },
        LONGEST_GAP_MS,
      )
      cluster.down.add(6)
      await cluster.untilTold('6 firing')
      const thawedMs = Date.now()
      frozen.signal('SIGCONT')
      await cluster.untilEven(other, 2)
      expect(scrapedTwice(cluster, thawedMs)).toEqual([])
      expect(cluster.told().sort()).toEqual(['4 firing', '6 firing'])
    },
    240_000,
  )

  it.skipIf(isShort)(
    'do nothing while PostgreSQL is away, say so, and go on afterwards with nothing told twice',
    async () => {
      const cluster = await TwoMembers.prepare(programs ?? '')
      const [a, b] = [await cluster.join('a'), await cluster.join('b')]
      await cluster.untilEven(a, 2)
      cluster.down.add(0)
      await cluster.untilNoted(0)
      await cluster.postgres.shutDown()
      await waitFor(
        'both to stop',
        () =>
          [a, b].every((server) => server.readLog().includes('work that is shared has stopped')),
        PATIENCE_MS,
      )
      const stoppedMs = Date.now()
      await new Promise((resolve) => setTimeout(resolve, 2 * INTERVAL_MS))
      expect(cluster.scrapes.flat().filter((atMs) => atMs > stoppedMs + 500)).toEqual([])
      // What the store has is still there to be looked at.
      expect(await queryRaw(a.url(), 'seen:g0[10m]')).toHaveLength(1)
      await cluster.postgres.startAgain()
      const startedMs = Date.now()
      await untilEvaluatedPast(a, startedMs)
      cluster.down.add(1)
      await cluster.untilTold('1 firing')
      expect(cluster.told()).toEqual(['0 firing', '1 firing'])
      expect(scrapedTwice(cluster, startedMs)).toEqual([])
      // Nor does it hold up the end of a member.
      await cluster.postgres.shutDown()
      expect(await b.stop()).toEqual({ code: 0, signal: null })
    },
    240_000,
  )
})

/** Each target is scraped by exactly one of these, and each rule group evaluated by exactly one. */
async function expectDivided(cluster: TwoMembers, servers: readonly Server[]): Promise<void> {
  const sinceMs = Date.now()
  const before = await Promise.all(servers.map((server) => iterations(server)))
  await waitFor('some scrapes', () =>
    cluster.scrapes.every((times) => times.filter((atMs) => atMs > sinceMs).length > 4),
  )
  const after = await Promise.all(servers.map((server) => iterations(server)))
  for (const shop of SHOPS) {
    const workers = servers.filter((_, i) => {
      const [from, to] = [before[i]?.get(`g${shop}`) ?? 0, after[i]?.get(`g${shop}`) ?? 0]
      return to > from
    })
    expect(workers, `members that evaluate g${shop}`).toHaveLength(1)
  }
  expect(scrapedTwice(cluster, sinceMs)).toEqual([])
}

/** Each member shows all of it, also what the other works on. */
async function expectShown(servers: readonly Server[]): Promise<void> {
  for (const server of servers) {
    await waitFor('all targets and groups to be shown', async () => {
      const targets = await (await fetch(`${server.url()}/api/v1/targets?state=active`)).text()
      const rules = await (await fetch(`${server.url()}/api/v1/rules`)).text()
      return ![targets, rules].some((text) => text.includes('"health":"unknown"'))
    })
  }
}

/** Shops that were scraped twice within much less than their interval since a time. */
function scrapedTwice(cluster: TwoMembers, sinceMs: number): readonly number[] {
  return SHOPS.filter((shop) => {
    const times = (cluster.scrapes[shop] ?? []).filter((atMs) => atMs > sinceMs)
    const close = times.filter((atMs, i) => i > 0 && atMs - (times[i - 1] ?? 0) < ONE_SCRAPE_MS)
    // One that is taken over may be scraped right before its slot.
    return close.length > 1
  })
}

/** How often each rule group was evaluated by a member, by name. */
async function iterations(server: Server): Promise<ReadonlyMap<string, number>> {
  const page = await (await fetch(`${server.url()}/metrics`)).text()
  const found = page.matchAll(
    /^prometheus_rule_group_iterations_total\{rule_group="[^"]*;([^"]+)"\} (\d+)/gm,
  )
  return new Map([...found].map(([, group = '', count = '']) => [group, Number(count)]))
}

async function untilEvaluatedPast(server: Server, atMs: number): Promise<void> {
  await waitFor(
    'every rule group to be evaluated again',
    async () => {
      const ends = await Promise.all(
        SHOPS.map(async (i) => (await evaluationsMs(server, i)).at(-1)),
      )
      return ends.every((lastMs) => (lastMs ?? 0) > atMs)
    },
    PATIENCE_MS,
  )
}

/** The times of the samples of a group's recording rule. */
async function evaluationsMs(server: Server, group: number): Promise<readonly number[]> {
  const [series] = await queryRaw(server.url(), `seen:g${group}[10m]`)
  return (series?.values ?? []).map(([seconds]) => seconds * 1000)
}

/** The longest time without an evaluation of any group, from shortly before a moment on. */
async function longestGapMs(server: Server, aroundMs: number): Promise<number> {
  let longest = 0
  for (const group of SHOPS) {
    const times = (await evaluationsMs(server, group)).filter(
      (atMs) => atMs > aroundMs - 5 * INTERVAL_MS,
    )
    expect(times.length, `evaluations of g${group}`).toBeGreaterThan(3)
    expect(times[0], `evaluations of g${group} by the other`).toBeLessThan(aroundMs)
    for (const [i, atMs] of times.entries()) {
      if (i > 0) longest = Math.max(longest, atMs - (times[i - 1] ?? 0))
    }
  }
  return longest
}

/** Resolves to the id. */
async function silenceShop(server: Server, shop: number): Promise<string> {
  const response = await fetch(`${server.url('alertmanager')}/api/v2/silences`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      matchers: [{ name: 'shop', value: String(shop), isRegex: false, isEqual: true }],
      startsAt: new Date().toISOString(),
      endsAt: new Date(Date.now() + 3_600_000).toISOString(),
      ...{ createdBy: 'ada', comment: 'planned' },
    }),
  })
  const isMade = (json: unknown): json is { readonly silenceID: string } => json !== null
  const { silenceID } = parseJson(await response.text(), isMade)
  expect(silenceID).toBeTruthy()
  return silenceID
}

/** A user who is made on one member signs in on the other. */
async function expectUserOfOther(a: Server, b: Server): Promise<void> {
  const password = 'a password of twenty characters'
  const basic = (login: string, secret: string): Record<string, string> => ({
    authorization: `Basic ${Buffer.from(`${login}:${secret}`).toString('base64')}`,
  })
  const made = await fetch(`${a.url('ui')}/api/vedette/users`, {
    method: 'POST',
    headers: { ...basic('admin', 'first admin of a test'), 'content-type': 'application/json' },
    body: JSON.stringify({ login: 'bob', password, role: 'viewer' }),
  })
  expect(made.status, await made.text()).toBe(201)
  const seen = await fetch(`${b.url('ui')}/api/user`, { headers: basic('bob', password) })
  expect(seen.status).toBe(200)
  expect(parseJson(await seen.text(), isUser).login).toBe('bob')
}
