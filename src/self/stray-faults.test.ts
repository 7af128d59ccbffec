import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

const at = (file: string): string => JSON.stringify(fileURLToPath(new URL(file, import.meta.url)))

/** In a process of its own, since a test runner has its own ideas of what nobody has caught. */
const program = `
import { createLog } from ${at('log.ts')}
import { createRegistry } from ${at('metrics.ts')}
import { watchStrayFaults } from ${at('stray-faults.ts')}
const registry = createRegistry()
const stop = watchStrayFaults(registry, createLog({ write: (line) => process.stdout.write(line) }))
process.on('uncaughtException', (thrown) => {
  console.log('ended by', thrown.message)
  process.exit(3)
})
setTimeout(() => { throw new Error('planted exception') }, 1)
void Promise.reject(new Error('planted rejection'))
setTimeout(() => {
  const [family] = registry.families().filter(({ name }) => name === 'vedette_stray_faults_total')
  console.log(family.metrics.map(({ labels, value }) => labels.join('=') + ' ' + value).sort().join(', '))
  stop()
  void Promise.reject(new Error('after the end'))
}, 50)
`

it('counts and logs what no part has caught, and the process goes on until the end', () => {
  let output = ''
  try {
    execFileSync(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', program], {
      encoding: 'utf8',
    })
  } catch (thrown) {
    output = thrown instanceof Error && 'stdout' in thrown ? String(thrown.stdout) : ''
  }
  expect(output).toMatch(/level=ERROR .*kind=rejection reason="planted rejection" stack=/)
  expect(output).toContain('kind=exception 1, kind=rejection 1\nended by after the end\n')
})
