import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { startServer, type Server } from './server.ts'
import { byForm } from './tools/form.ts'
import { own, ownFolder } from './tools/owned.ts'
import { chooseSeed, createRandom } from './tools/random.ts'
import { SteadyPusher, type PushLoad } from './tools/steady-pusher.ts'
import { strike, VICTIMS } from './tools/strike.ts'

const rounds = byForm({ short: 3, full: 30 })

it(`loses no acknowledged log line and answers none twice after ${rounds} rounds of SIGKILL`, async () => {
  const random = createRandom(chooseSeed('lines-durability'))
  const dataDir = `${ownFolder()}/data`
  const start = async (): Promise<Server> =>
    own(await startServer({ dataDir, listeners: ['loki'] }))
  let server = await start()
  const url = (): string => server.url('loki')
  const all: SteadyPusher[] = []
  for (let round = 0; round < rounds; round++) {
    const victim = VICTIMS[round] ?? random.pick(VICTIMS)
    const ofRound = loadsOf(round).map((load) => new SteadyPusher(url, load))
    all.push(...ofRound)
    await sleep(random.between(300, 2000))
    server = await strike(server, victim, random, start)
    await Promise.all(ofRound.map((pusher) => pusher.finish()))
    const lines = await verifyAll(ofRound)
    const retries = ofRound.reduce((sum, pusher) => sum + pusher.retries, 0)
    console.log(
      `round ${round}: SIGKILL of ${victim}; ${lines} lines acknowledged, ${retries} retries`,
    )
  }
  expect(await server.stop()).toEqual({ code: 0, signal: null })
  server = await start()
  const total = await verifyAll(all)
  console.log(`after a clean restart all ${total} acknowledged lines are there, each once`)
})

/** One pusher of few streams, one of many, one whose lines lie on both sides of midnight. */
function loadsOf(round: number): PushLoad[] {
  const minuteNs = 60_000_000_000n
  const nowNs = BigInt(Date.now()) * 1_000_000n
  const dayNs = 1440n * minuteNs
  const load = (pusher: string, rest: Omit<PushLoad, 'labels'>): PushLoad => ({
    labels: { round: String(round), pusher },
    ...rest,
  })
  return [
    load('few', { streams: 2, linesEach: 50, firstNs: nowNs - 10n * minuteNs }),
    load('many', { streams: 25, linesEach: 4, firstNs: nowNs - 20n * minuteNs }),
    load('midnight', { streams: 2, linesEach: 20, firstNs: (nowNs / dayNs) * dayNs - 30n }),
  ]
}

async function verifyAll(pushers: readonly SteadyPusher[]): Promise<number> {
  let lines = 0
  for (const pusher of pushers) lines += await pusher.verify()
  return lines
}
