import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { generateToken } from './digest.ts'
import { OPERATOR, openTestAccess, type TestAccess } from './testing/test-access.ts'

let access: TestAccess
beforeEach(async () => {
  access = await openTestAccess()
})
afterEach(() => access.close())

const show = (token: string): unknown =>
  access.control.authenticator.check({ kind: 'bearer', token }, '10.0.0.1')

it('holds from the first start, may write and nothing else, and is kept as a hash', async () => {
  const token = generateToken()
  expect(await access.control.keepPresetToken({ VEDETTE_AGENT_TOKEN: token })).toBe(true)
  expect(await show(token)).toMatchObject({
    ok: true,
    principal: { scopes: new Set(['metrics:write', 'logs:write', 'traces:write']) },
  })
  // At the next start nothing changes.
  expect(await access.control.keepPresetToken({ VEDETTE_AGENT_TOKEN: token })).toBe(false)
  expect(await access.control.tokens.list()).toHaveLength(1)
  await access.control.audit.flush()
  expect(access.lines.join('')).not.toContain(token)
  const rows = await access.metadata.db.selectFrom('tokens').selectAll().execute()
  expect(JSON.stringify(rows)).not.toContain(token.slice(20))
})

it('is replaced by another one at once, and stays when it is not said any more', async () => {
  const [first, second] = [generateToken(), generateToken()]
  await access.control.keepPresetToken({ VEDETTE_AGENT_TOKEN: first })
  expect(await show(first)).toMatchObject({ ok: true })
  await access.control.keepPresetToken({ VEDETTE_AGENT_TOKEN: second })
  expect(await show(first)).toMatchObject({ ok: false })
  expect(await show(second)).toMatchObject({ ok: true })
  expect(await access.control.keepPresetToken({})).toBe(false)
  expect(await show(second)).toMatchObject({ ok: true })
})

it('may lie in a file, as a program printed it', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'vedette-preset-'))
  try {
    const file = join(folder, 'token')
    const token = generateToken()
    writeFileSync(file, `${token}\n`)
    await access.control.keepPresetToken({ VEDETTE_AGENT_TOKEN__FILE: file })
    expect(await show(token)).toMatchObject({ ok: true })
    // And as an environment has it that was made of such a file.
    expect(await access.control.keepPresetToken({ VEDETTE_AGENT_TOKEN: `${token}\n` })).toBe(false)
    const missing = { VEDETTE_AGENT_TOKEN__FILE: join(folder, 'none') }
    await expect(access.control.keepPresetToken(missing)).rejects.toThrow(/__FILE: ENOENT/)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})

it('that was made here before is left as it is', async () => {
  const { token } = await access.control.tokens.create(OPERATOR, {
    name: 'web-1',
    scopes: ['metrics:write'],
  })
  expect(await access.control.keepPresetToken({ VEDETTE_AGENT_TOKEN: token })).toBe(false)
  expect(await access.control.tokens.list()).toMatchObject([{ name: 'web-1' }])
})

it('that is none is refused, without being shown', async () => {
  const refused = access.control.keepPresetToken({ VEDETTE_AGENT_TOKEN: 'sesame-open' })
  await expect(refused).rejects.toThrow(/^VEDETTE_AGENT_TOKEN: .*vedette token generate makes one/)
  await expect(refused).rejects.not.toThrow(/sesame/)
})
