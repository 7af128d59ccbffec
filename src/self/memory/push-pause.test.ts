import { expect, it } from 'vitest'
import { PushPause } from './push-pause.ts'

it('lasts five seconds, or until it is ended, and leaves as many between', () => {
  const pause = new PushPause()
  expect(pause.isOn(0)).toBe(false)
  expect([pause.begin(1000), pause.begin(2000)]).toEqual([true, false])
  expect([pause.isOn(5999), pause.isOn(6000)]).toEqual([true, false])
  expect([pause.begin(10_999), pause.begin(11_000)]).toEqual([false, true])
  pause.end()
  expect(pause.isOn(11_001)).toBe(false)
})
