import { existsSync, readFileSync, rmSync } from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import { runCaptured } from '../../src/cli/testing/run-captured.ts'
import {
  FIELD_STACKS,
  hasFieldStacks,
  layOut,
  PLACEHOLDERS,
  type FieldStack,
} from './field-stacks.ts'

beforeAll(() => {
  for (const [name, value] of Object.entries(PLACEHOLDERS)) vi.stubEnv(name, value)
})
afterAll(() => vi.unstubAllEnvs())

const own = FIELD_STACKS.filter(({ name }) => name === 'own')
const field = FIELD_STACKS.filter(({ name }) => name !== 'own')
if (!hasFieldStacks) console.log('notice: the stacks of the field are not here: skipped')

/** What import and doctor say of a stack, as its file beside this one has it; each line there was judged by hand. */
async function report(stack: FieldStack): Promise<string> {
  const folder = layOut(stack)
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const parts: string[] = []
  const run = async (...words: readonly string[]): Promise<void> => {
    const { code, out, err } = await runCaptured(...words)
    parts.push(`$ vedette ${words.join(' ')}\n${out}${err}(exit code ${code})\n`)
  }
  if (stack.compose.length === 0) await run('doctor', folder, '--no-machine')
  else {
    const files = stack.compose.map((name) => path.join(folder, name))
    await run('import', 'compose', ...files)
    const written = path.join(folder, 'vedette.yml')
    if (existsSync(written)) parts.push(`vedette.yml:\n${readFileSync(written, 'utf8')}`)
    await run('doctor', written, '--no-machine')
  }
  const shown = path.relative('.', folder)
  const text = parts.join('\n').replaceAll(shown, 'STACK').replaceAll(folder, 'STACK')
  for (const secret of ['a secret', 'another secret', 'correct horse'])
    expect(text).not.toContain(secret)
  return text
}

const fileOf = ({ name }: FieldStack): string =>
  path.join(import.meta.dirname, 'stacks', `${name.replaceAll('/', '-')}.txt`)

describe('a stack of our own', () => {
  it.each(own)('$name is taken over as its report says', async (stack) => {
    await expect(await report(stack)).toMatchFileSnapshot(fileOf(stack))
  })
})

describe.runIf(hasFieldStacks)('stacks of the field', () => {
  it.each(field)('$name is taken over as its report says', async (stack) => {
    await expect(await report(stack)).toMatchFileSnapshot(fileOf(stack))
  })
})
