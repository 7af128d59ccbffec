import { availableParallelism, loadavg } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { byForm } from './tools/form.ts'
import { ownServer } from './tools/owned.ts'
import { quantile } from './tools/quantile.ts'
import { queryValue } from './tools/query.ts'
import { chooseSeed, createRandom } from './tools/random.ts'
import { RemoteWriter } from './tools/remote-write.ts'

/** Only the full form judges speed: it is meant for a machine that does nothing else. */
const mostMs = byForm({ short: Number.POSITIVE_INFINITY, full: 100 })
const pushes = byForm({ short: 40, full: 500 })
/** The first scrape brings a thousand series that are new: a push may wait for those, once. */
const pushesToWarmUp = byForm({ short: 5, full: 100 })

it('acknowledges a push that comes alone without waiting for others', async () => {
  const random = createRandom(chooseSeed('lone push'))
  const server = await ownServer()
  const writer = new RemoteWriter(server.url())
  const durationsMs: number[] = []
  for (let i = 0; i < pushesToWarmUp + pushes; i++) {
    // Whatever a push before this one set in motion has settled.
    await sleep(random.between(10, 120))
    const begunMs = performance.now()
    await writer.store([[{ __name__: 'lone', series: String(i % 7) }, Date.now(), i]])
    if (i >= pushesToWarmUp) durationsMs.push(performance.now() - begunMs)
  }
  await writer.close()
  expect(await queryValue(server.url(), 'sum(count_over_time(lone[1h]))')).toBe(
    pushesToWarmUp + pushes,
  )

  const [median, p99] = [quantile(durationsMs, 0.5), quantile(durationsMs, 0.99)]
  console.log(
    `lone push: ${pushes} pushes acknowledged after ${median.toFixed(1)} ms (median), ${p99.toFixed(1)} ms (p99); load of the machine ${loadavg()[0]?.toFixed(1)} on ${availableParallelism()} cores`,
  )
  expect(p99).toBeLessThan(mostMs)
})
