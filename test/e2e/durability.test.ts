import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { startServer, type Server } from './server.ts'
import { byForm } from './tools/form.ts'
import { own, ownFolder } from './tools/owned.ts'
import { queryRaw, queryVector } from './tools/query.ts'
import { chooseSeed, createRandom, type Random } from './tools/random.ts'
import { SteadySender, type Load } from './tools/steady-sender.ts'
import { waitFor } from './tools/wait-for.ts'

const DAY = 86_400_000
const rounds = byForm({ short: 4, full: 30 })

/** What is killed in a round. */
const victims = ['engine', 'server', 'both'] as const
type Victim = (typeof victims)[number]

/** A round that is over: what it must have left. */
interface Outcome {
  round: number
  victim: Victim
  senders: SteadySender[]
}

const seed = chooseSeed('durability')

it(`loses no acknowledged sample and answers none twice after ${rounds} rounds of SIGKILL`, async () => {
  const random = createRandom(seed)
  const dataDir = `${ownFolder()}/data`
  let server = own(await startServer({ dataDir }))
  const port = Number(new URL(server.url()).port)
  const outcomes: Outcome[] = []
  for (let round = 0; round < rounds; round++) {
    // Every kind of death comes in the short form too.
    const victim = victims[round] ?? random.pick(victims)
    const senders = loadsOf(round).map((load) => new SteadySender(server.url(), load))
    await sleep(random.between(300, 2500))
    server = await strike(server, victim, random, async () =>
      own(await startServer({ dataDir, prometheusPort: port })),
    )
    await Promise.all(senders.map((sender) => sender.finish()))
    const outcome = { round, victim, senders }
    outcomes.push(outcome)
    const count = await verify(server.url(), outcome)
    const retries = senders.reduce((sum, sender) => sum + sender.retries, 0)
    console.log(`round ${round}: ${victim} killed, ${count} samples acknowledged, ${retries} retries`)
  }
  expect(await server.stop()).toEqual({ code: 0, signal: null })
  const last = own(await startServer({ dataDir, prometheusPort: port }))
  let total = 0
  for (const outcome of outcomes) total += await verify(last.url(), outcome)
  console.log(`after a clean restart all ${total} acknowledged samples are there, each once`)
})

/** One sender of today's samples, one of yesterday's, one of both in each request, one with few large requests. */
function loadsOf(round: number): Load[] {
  const todayMs = Date.now() - 10 * 60_000
  const yesterdayMs = todayMs - DAY
  const labelsOf = (sender: string): Record<string, string> => ({
    __name__: 'durable',
    round: String(round),
    sender,
  })
  return [
    {
      labels: labelsOf('today'),
      seriesCount: 20,
      samplesEach: 10,
      timestampOf: (k) => todayMs + k,
    },
    {
      labels: labelsOf('yesterday'),
      seriesCount: 10,
      samplesEach: 5,
      timestampOf: (k) => yesterdayMs + k,
    },
    {
      labels: labelsOf('both'),
      seriesCount: 10,
      samplesEach: 10,
      timestampOf: (k) => (k % 2 === 0 ? todayMs : yesterdayMs) + k,
    },
    {
      labels: labelsOf('large'),
      seriesCount: 500,
      samplesEach: 4,
      timestampOf: (k) => todayMs + k,
    },
  ]
}

/** Kills, and brings back what does not come back by itself. Answers the server that runs then. */
async function strike(
  server: Server,
  victim: Victim,
  random: Random,
  restart: () => Promise<Server>,
): Promise<Server> {
  if (victim === 'engine') {
    const enginePid = enginePidOf(server)
    process.kill(enginePid, 'SIGKILL')
    await waitFor('another engine', () => server.listChildren().some(({ pid }) => pid !== enginePid))
    await server.waitUntilReady()
    return server
  }
  if (victim === 'both') await server.kill()
  else {
    server.signal('SIGKILL')
    await server.exited
    await waitFor('the orphaned engine to end', () => server.listProcesses().length === 0)
  }
  await sleep(random.between(0, 300))
  return restart()
}

function enginePidOf(server: Server): number {
  const [engine] = server.listChildren()
  if (engine === undefined) throw new Error('the server has no engine')
  return engine.pid
}

/** Compares everything that a round acknowledged with raw and counted answers; resolves to the number of samples. */
async function verify(url: string, { round, senders }: Outcome): Promise<number> {
  let samples = 0
  const nowMs = Date.now() + 60_000
  const counts = new Map(
    (
      await queryVector(url, `sum by (sender) (count_over_time(durable{round="${round}"}[3d]))`, nowMs)
    ).map(({ metric, value }) => [metric['sender'], Number(value[1])]),
  )
  for (const { load, acknowledged } of senders) {
    const { sender } = load.labels
    const expected = Array.from({ length: acknowledged }, (_, k): [number, string] => [
      load.timestampOf(k) / 1000,
      String(k),
    ]).sort(([a], [b]) => a - b)
    const series = await queryRaw(url, `durable{round="${round}",sender="${sender}"}[3d]`, nowMs)
    expect(series.length, `series of ${sender} in round ${round}`).toBe(
      acknowledged === 0 ? 0 : load.seriesCount,
    )
    for (const { metric, values } of series) {
      expect(values, `round ${round} ${JSON.stringify(metric)}`).toEqual(expected)
    }
    expect(counts.get(sender) ?? 0, `count of ${sender} in round ${round}`).toBe(
      acknowledged * load.seriesCount,
    )
    samples += acknowledged * load.seriesCount
  }
  return samples
}
