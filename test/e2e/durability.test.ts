import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { startServer, type Server } from './server.ts'
import { findEngine } from './tools/engine-process.ts'
import { byForm } from './tools/form.ts'
import { own, ownFolder } from './tools/owned.ts'
import { chooseSeed, createRandom, type Random } from './tools/random.ts'
import { SteadySender, type Load } from './tools/steady-sender.ts'
import { verifyLoad } from './tools/verify-load.ts'
import { waitFor } from './tools/wait-for.ts'

const DAY = 86_400_000
const rounds = byForm({ short: 4, full: 30 })

/** What is killed in a round. */
const victims = ['engine', 'server', 'both'] as const
type Victim = (typeof victims)[number]

it(`loses no acknowledged sample and answers none twice after ${rounds} rounds of SIGKILL`, async () => {
  const random = createRandom(chooseSeed('durability'))
  const dataDir = `${ownFolder()}/data`
  let server = own(await startServer({ dataDir }))
  const port = Number(new URL(server.url()).port)
  const start = async (): Promise<Server> =>
    own(await startServer({ dataDir, prometheusPort: port }))
  const senders: SteadySender[] = []
  for (let round = 0; round < rounds; round++) {
    // Every kind of death comes in the short form too.
    const victim = victims[round] ?? random.pick(victims)
    const ofRound = loadsOf(round).map((load) => new SteadySender(server.url(), load))
    senders.push(...ofRound)
    await sleep(random.between(300, 2500))
    server = await strike(server, victim, random, start)
    await Promise.all(ofRound.map((sender) => sender.finish()))
    const samples = await verifyAll(server.url(), ofRound)
    const retries = ofRound.reduce((sum, sender) => sum + sender.retries, 0)
    console.log(
      `round ${round}: SIGKILL of ${victim}; ${samples} samples acknowledged, ${retries} retries`,
    )
  }
  expect(await server.stop()).toEqual({ code: 0, signal: null })
  server = await start()
  const total = await verifyAll(server.url(), senders)
  console.log(`after a clean restart all ${total} acknowledged samples are there, each once`)
})

/** One sender of today's samples, one of yesterday's, one of both in each request, one of many series. */
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
      labels: labelsOf('many'),
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
    const enginePid = await findEngine(server)
    process.kill(enginePid, 'SIGKILL')
    await findEngine(server, enginePid)
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

async function verifyAll(url: string, senders: readonly SteadySender[]): Promise<number> {
  let samples = 0
  for (const sender of senders) samples += await verifyLoad(url, sender)
  return samples
}
