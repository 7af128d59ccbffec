import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect, it } from 'vitest'
import { readProcessMemory } from '../process-memory.ts'
import { readGroupMemory } from './group-memory.ts'

it.runIf(process.platform === 'linux')('adds up a process and what it has started', async () => {
  const child = spawn(process.execPath, ['-e', 'console.log(1); setInterval(() => {}, 1000)'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  try {
    await once(child.stdout, 'data')
    const pid = child.pid ?? 0
    const alone = readGroupMemory(pid)
    expect(alone?.residentBytes).toBeGreaterThan(10e6)
    const own = readProcessMemory('self')?.residentBytes ?? 0
    const both = readGroupMemory()?.residentBytes ?? 0
    expect(both).toBeGreaterThan(own * 0.8 + (alone?.residentBytes ?? 0) * 0.8)
  } finally {
    child.kill('SIGKILL')
    await once(child, 'exit')
  }
})

it('knows nothing of a process that is not there', () => {
  expect(readGroupMemory(2 ** 22 + 1)).toBeUndefined()
})
