import { expect, it } from 'vitest'
import { Health } from './health.ts'

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

it('is content with answers and with errors', async () => {
  const broken: string[] = []
  let turn = 0
  const ask = (): Promise<unknown> =>
    turn++ % 2 === 0 ? Promise.resolve(1) : Promise.reject(new Error('Code: 241.'))
  const health = new Health({ ask, onBroken: (reason) => broken.push(reason) })
  for (let look = 0; look < 50; look++) {
    health.look()
    await nextTurn()
  }
  expect([turn, broken]).toEqual([50, []])
})

it('gives up when nothing comes back for a dozen looks', async () => {
  const broken: string[] = []
  const health = new Health({
    ask: () => new Promise(() => undefined),
    onBroken: (reason) => broken.push(reason),
  })
  for (let look = 0; look < 12; look++) health.look()
  await nextTurn()
  expect(broken).toEqual([])
  health.look()
  expect(broken).toEqual(['chDB has not answered for 60 s'])
})

it('gives up when chDB says that it does', async () => {
  const broken: string[] = []
  const fatal = new Error(
    'Code: 236. DB::Exception: The server is shutting down due to a fatal error. (ABORTED)',
  )
  const health = new Health({
    ask: () => Promise.reject(fatal),
    onBroken: (reason) => broken.push(reason),
  })
  health.look()
  await nextTurn()
  expect(broken).toHaveLength(1)
})
