import { existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { RulesJson } from '../../src/contract/prometheus.ts'
import { isObject } from '../../src/lang/dashboard/json-value.ts'
import { parseJson } from '../house/parse-json.ts'
import { FIELD_STACKS, hasFieldStacks, layOut, PLACEHOLDERS } from '../integration/field-stacks.ts'
import type { FieldStack } from '../integration/field-stacks.ts'
import { ownServer } from './tools/owned.ts'
import { notice } from './tools/notice.ts'
import { runVedette } from './tools/run-vedette.ts'

if (!hasFieldStacks) notice('the stacks of the field are not here: only our own is started')

/** Those that doctor says do not load are not started: the originals refuse them, too. */
const REFUSED = new Set(['configs/HarshavardhanBhosale__production-observability-platform'])
const started = FIELD_STACKS.filter(
  ({ name }) => !REFUSED.has(name) && (hasFieldStacks || name === 'own'),
)

for (const [name, value] of Object.entries(PLACEHOLDERS)) process.env[name] ??= value

const isAnswer = (json: unknown): json is { data: RulesJson } => isObject(json) && 'data' in json
const areDashboards = (json: unknown): json is { uid: string }[] => Array.isArray(json)

/** The configuration that a stack is started with, as its people would come to it. */
async function takeOver(stack: FieldStack, folder: string): Promise<string> {
  if (stack.compose.length === 0) return folder
  const files = stack.compose.map((name) => join(folder, name))
  const imported = await runVedette('import', 'compose', ...files)
  expect(imported.code, imported.out + imported.err).toBe(0)
  return join(folder, 'vedette.yml')
}

describe('a stack that was taken over', () => {
  it.each(started)(
    '$name starts, with its rules and dashboards',
    async (stack) => {
      const folder = layOut(stack)
      onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
      const configPath = await takeOver(stack, folder)
      const dataDir = join(folder, 'vedette-data')
      const server = await ownServer({
        configPath,
        dataDir,
        listeners: ['ui'],
        readyTimeoutMs: 60_000,
      })
      const response = await fetch(`${server.url()}/api/v1/rules`)
      const { data } = parseJson(await response.text(), isAnswer)
      const own = data.groups.filter(({ file }) => !file.startsWith('pack:'))
      expect(own.flatMap(({ rules }) => rules)).toHaveLength(stack.rules)
      const place = ['--data', dataDir, '--config', configPath]
      const { out } = await runVedette('dashboards', 'list', '-o', 'json', ...place)
      const dashboards = parseJson(out, areDashboards)
      // Those of packs are there in any case.
      expect(dashboards.length).toBeGreaterThan(20)
      expect(dashboards.filter(({ uid }) => !uid.startsWith('vedette-'))).toHaveLength(
        stack.dashboards,
      )
      expect(existsSync(join(dataDir, 'engine'))).toBe(true)
    },
    120_000,
  )
})
