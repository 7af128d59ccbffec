import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { runScript } from './testing/run-script.ts'

const folders = [
  { folder: 'cases', features: {} },
  { folder: 'delayed-cases', features: { delayedNameRemoval: true } },
]

describe.each(folders)('PromQL scripts of $folder', ({ folder, features }) => {
  const path = join(import.meta.dirname, folder)
  for (const file of readdirSync(path)) {
    it(`passes ${file}, also when instant queries are asked as ranges`, async () => {
      const outcomes = await runScript(readFileSync(join(path, file), 'utf8'), features)
      const faults = outcomes.flatMap(({ command, fault, messageFault, rangeFault }) => {
        const found = fault ?? messageFault ?? rangeFault
        return found === undefined ? [] : [`${file}:${command.line} ${command.query}: ${found}`]
      })
      expect(faults).toEqual([])
      expect(outcomes.length).toBeGreaterThan(5)
    })
  }
})
