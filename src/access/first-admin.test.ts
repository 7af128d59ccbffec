import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openTestAccess, PASSWORD, type TestAccess } from './testing/test-access.ts'

let access: TestAccess

beforeEach(async () => {
  access = await openTestAccess({ users: false })
})

afterEach(() => access.close())

const signIn = (user: string, password: string) =>
  access.control.authenticator.check({ kind: 'basic', user, password }, '10.0.0.1')

describe('the first start', () => {
  it('creates admin with a password of 24 characters, once', async () => {
    const created = await access.control.createFirstAdmin({})
    expect(created?.login).toBe('admin')
    expect(created?.generatedPassword).toMatch(/^\w{24}$/)
    expect(await signIn('admin', created?.generatedPassword ?? '')).toMatchObject({
      ok: true,
      principal: { role: 'admin' },
    })
    expect(await access.control.createFirstAdmin({})).toBeUndefined()
    expect(access.lines.join('')).not.toContain(created?.generatedPassword)
  })

  it.each(['VEDETTE', 'GF_SECURITY'])('takes name and password of %s_ADMIN_…', async (prefix) => {
    const env = { [`${prefix}_ADMIN_USER`]: 'Root', [`${prefix}_ADMIN_PASSWORD`]: PASSWORD }
    expect(await access.control.createFirstAdmin(env)).toEqual({
      login: 'root',
      generatedPassword: undefined,
    })
    expect(await signIn('root', PASSWORD)).toMatchObject({ ok: true })
  })

  it('takes the password from a file', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'vedette-admin-'))
    try {
      const file = join(folder, 'password')
      writeFileSync(file, `${PASSWORD}\n`)
      await access.control.createFirstAdmin({ GF_SECURITY_ADMIN_PASSWORD__FILE: file })
      expect(await signIn('admin', PASSWORD)).toMatchObject({ ok: true })
      const missing = { VEDETTE_ADMIN_PASSWORD__FILE: join(folder, 'none') }
      await expect(access.control.createFirstAdmin(missing)).rejects.toThrow(/__FILE: ENOENT/)
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })

  it('refuses a password that is too short, at later starts too, without showing it', async () => {
    const env = { GF_SECURITY_ADMIN_PASSWORD: 'sesame' }
    const refused = access.control.createFirstAdmin(env)
    await expect(refused).rejects.toThrow(/^GF_SECURITY_ADMIN_PASSWORD: .*at least 20 characters/)
    await expect(refused).rejects.not.toThrow(/sesame/)
    await access.control.createFirstAdmin({})
    await expect(access.control.createFirstAdmin(env)).rejects.toThrow(/at least 20/)
  })
})
