import { expect, it } from 'vitest'
import { readMessage } from './read-message.ts'
import { ReceivedAlerts } from './received-alerts.ts'

it('keeps fewer alerts where their texts are long', () => {
  const received = new ReceivedAlerts(() => 0)
  const send = (summary: string): void => {
    received.add(readMessage(JSON.stringify({ alerts: [{ annotations: { summary } }] })))
  }
  for (let i = 0; i < 50; i++) send(`${i} ${'x'.repeat(1024 * 1024)}`)
  expect(received.list()).toHaveLength(7)
  expect(received.count).toBe(50)
  for (let i = 0; i < 2000; i++) send(String(i))
  expect(received.list()).toHaveLength(1000)
  expect(received.list()[0]?.annotations['summary']).toBe('1999')
})
