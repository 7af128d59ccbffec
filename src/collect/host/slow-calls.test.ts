import { describe, expect, it } from 'vitest'
import { CallTimeout, SlowCalls, type SlowKind } from './slow-calls.ts'

/** A call that ends when it is told to. */
function held(): { call: () => Promise<string>; end: () => void; started: () => number } {
  let starts = 0
  let resolve: (text: string) => void = () => {}
  const answer = new Promise<string>((done) => (resolve = done))
  return {
    call: () => {
      starts++
      return answer
    },
    end: () => resolve('done'),
    started: () => starts,
  }
}

const soon = (): number => performance.now() + 5
const later = (): number => performance.now() + 60_000

describe('calls that may hang', () => {
  it('pass on answers and errors', async () => {
    const slow = new SlowCalls()
    expect(await slow.run('local', later(), async () => 7)).toBe(7)
    await expect(
      slow.run('local', later(), () => Promise.reject(new Error('no such device'))),
    ).rejects.toThrow('no such device')
    expect(await slow.run('local', later(), async () => 8)).toBe(8)
  })

  it('run one by one for each kind, and no more than three in all', async () => {
    const slow = new SlowCalls()
    const kinds: SlowKind[] = ['remote', 'remote', 'remote', 'local', 'local', 'device']
    const calls = kinds.map(held)
    const answers = kinds.map((kind, i) =>
      slow.run(kind, later(), (calls[i] as (typeof calls)[0]).call),
    )
    expect(calls.map((call) => call.started())).toEqual([1, 1, 0, 1, 0, 0])
    calls[0]?.end()
    await answers[0]
    await Promise.resolve()
    expect(calls.map((call) => call.started())).toEqual([1, 1, 1, 1, 0, 0])
    for (const call of calls) call.end()
    expect(await Promise.all(answers)).toEqual(kinds.map(() => 'done'))
    expect(calls.map((call) => call.started())).toEqual(kinds.map(() => 1))
  })

  it('give up at the deadline, and never start what only waited', async () => {
    const slow = new SlowCalls()
    const first = held()
    const second = held()
    const answers = await Promise.allSettled([
      slow.run('device', soon(), first.call),
      slow.run('device', soon(), second.call),
    ])
    for (const answer of answers) {
      expect(answer.status === 'rejected' && answer.reason instanceof CallTimeout).toBe(true)
    }
    first.end()
    const next = () => slow.run('device', later(), async () => 'next').catch(() => 'refused')
    await expect.poll(next).toBe('next')
    expect(second.started()).toBe(0)
  })

  it('refuse at once while every slot is held by what is late, and recover', async () => {
    const slow = new SlowCalls()
    const stuck = held()
    await expect(slow.run('local', soon(), stuck.call)).rejects.toThrow(CallTimeout)
    await expect(slow.run('local', later(), async () => 1)).rejects.toThrow('earlier calls hang')
    expect(await slow.run('remote', later(), async () => 2)).toBe(2)
    stuck.end()
    await expect
      .poll(() => slow.run('local', later(), async () => 3).catch(() => 'refused'))
      .toBe(3)
  })

  it('read attributes, and know those that cannot be read', async () => {
    const slow = new SlowCalls()
    expect(await slow.readAttribute('/proc/sys/kernel/ostype', later())).toBe('Linux')
    expect(await slow.readAttribute('/proc/no-such-file', later())).toBeUndefined()
  })
})
