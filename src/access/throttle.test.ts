import { beforeEach, describe, expect, it } from 'vitest'
import { networkOf, Throttle } from './throttle.ts'

let nowMs = 0
let sleptMs: number[] = []
let throttle: Throttle

beforeEach(() => {
  nowMs = 0
  sleptMs = []
  const clock = {
    nowMs: () => nowMs,
    sleep: (durationMs: number) => {
      sleptMs.push(durationMs)
      return Promise.resolve()
    },
  }
  throttle = new Throttle(clock, (address) => address === '127.0.0.1')
})

function fail(times: number, account: string, address: string): void {
  for (let time = 0; time < times; time++) throttle.fail(account, address)
}

describe('one account from one address', () => {
  it('is refused for longer and longer, up to a minute, until it succeeds', async () => {
    fail(2, 'ada', '9.9.9.9')
    expect(await throttle.admit('ada', '9.9.9.9')).toEqual({ ok: true })
    const waits: number[] = []
    for (let time = 0; time < 9; time++) {
      fail(1, 'ada', '9.9.9.9')
      const admission = await throttle.admit('ada', '9.9.9.9')
      waits.push(admission.ok ? 0 : admission.retryAfterMs)
      nowMs += 60_000
    }
    expect(waits).toEqual([1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000, 60_000])
    expect(await throttle.admit('ada', '9.9.9.9')).toEqual({ ok: true })
    throttle.succeed('ada', '9.9.9.9')
    fail(1, 'ada', '9.9.9.9')
    expect(await throttle.admit('ada', '9.9.9.9')).toEqual({ ok: true })
  })

  it('is forgotten after a quarter of an hour', async () => {
    fail(3, 'ada', '9.9.9.9')
    nowMs += 15 * 60_000
    fail(1, 'ada', '9.9.9.9')
    expect(await throttle.admit('ada', '9.9.9.9')).toEqual({ ok: true })
  })
})

describe('an address', () => {
  it('that tries many accounts is refused, but not for who signed in from there', async () => {
    throttle.succeed('ada', '9.9.9.9')
    for (let at = 0; at < 20; at++) fail(1, `user${at}`, '9.9.9.9')
    expect(await throttle.admit('bob', '9.9.9.9')).toMatchObject({ ok: false })
    expect(await throttle.admit('ada', '9.9.9.9')).toEqual({ ok: true })
    expect(await throttle.admit('bob', '8.8.8.8')).toEqual({ ok: true })
  })

  it('of this machine may be shared by all users', async () => {
    for (let at = 0; at < 50; at++) fail(1, `user${at}`, '127.0.0.1')
    expect(await throttle.admit('bob', '127.0.0.1')).toEqual({ ok: true })
  })
})

describe('an account that is attacked from everywhere', () => {
  it('is delayed and never locked, and not delayed where its owner is known', async () => {
    throttle.succeed('ada', '10.0.0.1')
    for (let at = 0; at < 200; at++) fail(1, 'ada', `9.9.${at}.1`)
    expect(await throttle.admit('ada', '10.0.0.1')).toEqual({ ok: true })
    expect(sleptMs).toEqual([])
    expect(await throttle.admit('ada', '10.0.0.2')).toEqual({ ok: true })
    expect(sleptMs).toEqual([5000])
  })
})

describe('addresses', () => {
  it('of IPv6 count by their /64', () => {
    expect(networkOf('2001:db8:1:2:3:4:5:6')).toBe('2001:db8:1:2::/64')
    expect(networkOf('2001:db8::1')).toBe('2001:db8:0:0::/64')
    expect(networkOf('2001:0db8::1')).toBe('2001:db8:0:0::/64')
    expect(networkOf('::1')).toBe('0:0:0:0::/64')
    expect(networkOf('fe80::1%eth0')).toBe('fe80:0:0:0::/64')
    expect(networkOf('10.0.0.1')).toBe('10.0.0.1')
  })
})
