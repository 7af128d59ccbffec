import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { deleteUser, findUserByLogin, updateUser } from '../store/metadata/users.ts'
import type { Credentials } from './authenticator.ts'
import { openTestAccess, OPERATOR, PASSWORD, type TestAccess } from './testing/test-access.ts'

const HOUR_MS = 3_600_000
let access: TestAccess

beforeEach(async () => {
  access = await openTestAccess()
})

afterEach(() => access.close())

const check = (credentials: Credentials, address = '10.0.0.1') =>
  access.control.authenticator.check(credentials, address)

const basic = (user: string, password: string): Credentials => ({ kind: 'basic', user, password })

const idOf = async (login: string): Promise<number> =>
  (await findUserByLogin(access.metadata, login))?.id ?? 0

async function createToken(scopes: readonly 'metrics:read'[], expiresInMs?: number) {
  return access.control.tokens.create(OPERATOR, {
    name: 'ci',
    scopes,
    ...(expiresInMs === undefined ? {} : { expiresInMs }),
  })
}

async function signIn(login = 'ada', previousId?: string): Promise<string> {
  const signedIn = await access.control.browsers.signIn({
    login,
    password: PASSWORD,
    address: '10.0.0.1',
    userAgent: 'Firefox',
    ...(previousId === undefined ? {} : { previousId }),
  })
  return 'id' in signedIn ? signedIn.id : ''
}

describe('passwords', () => {
  it('are hashed once, then remembered', async () => {
    const first = check(basic('Ada', PASSWORD))
    expect(first).toBeInstanceOf(Promise)
    expect(await first).toMatchObject({ ok: true, principal: { name: 'ada', role: 'admin' } })
    expect(check(basic('Ada', PASSWORD))).toMatchObject({ ok: true })
  })

  it('that another program changed, with the user, count no more after seconds', async () => {
    expect(await check(basic('ed', PASSWORD))).toMatchObject({ ok: true })
    const passwordHash =
      '$argon2id$v=19$m=19456,t=2,p=1$GnR1djVkAHXITqXwR1fG4A$Mb9WUEFozHg45PoBI688ZaNumAlMoticpNWuEwvwDJM'
    await updateUser(access.metadata, await idOf('ed'), { passwordHash }, access.nowMs)
    expect(check(basic('ed', PASSWORD))).toMatchObject({ ok: true })
    access.nowMs += 10_000
    expect(await check(basic('ed', PASSWORD))).toEqual({ ok: false, reason: 'wrong' })
    await check(basic('vi', PASSWORD))
    await deleteUser(access.metadata, await idOf('vi'))
    access.nowMs += 10_000
    expect(await check(basic('vi', PASSWORD))).toEqual({ ok: false, reason: 'wrong' })
  })

  it('are looked up again without being hashed again', async () => {
    await check(basic('ada', PASSWORD))
    for (let time = 0; time < 60; time++) {
      access.nowMs += 10_000
      expect(await check(basic('ada', PASSWORD))).toMatchObject({ ok: true })
    }
    await updateUser(access.metadata, await idOf('ed'), { role: 'viewer' }, access.nowMs)
    expect(await check(basic('ed', PASSWORD))).toMatchObject({ principal: { role: 'viewer' } })
  })

  it('that are asked about at the same moment are hashed once', async () => {
    const all = Array.from({ length: 200 }, () => check(basic('ada', PASSWORD)))
    expect(new Set(all).size).toBe(1)
    expect(await all[0]).toMatchObject({ ok: true })
  })

  it('that are wrong, and users that are not there, are answered alike', async () => {
    const wrong = { ok: false, reason: 'wrong' }
    expect(await check(basic('ada', 'wrong'))).toEqual(wrong)
    expect(await check(basic('nobody', PASSWORD))).toEqual(wrong)
    expect(await check(basic('', PASSWORD))).toEqual(wrong)
    expect(await check(basic('a'.repeat(10_000), PASSWORD))).toEqual(wrong)
    expect(await check(basic("' or 1=1 --", PASSWORD))).toEqual(wrong)
  })

  it('count no more at once when they, or the user, change', async () => {
    const changes = [{ password: 'another horse battery staple' }, { disabled: true }]
    for (const [at, change] of changes.entries()) {
      const login = at === 0 ? 'ed' : 'vi'
      expect(await check(basic(login, PASSWORD))).toMatchObject({ ok: true })
      await access.control.accounts.change(OPERATOR, await idOf(login), change)
      expect(await check(basic(login, PASSWORD))).toMatchObject({ ok: false })
    }
  })

  it('do less at once when the role changes', async () => {
    const scopes = async (): Promise<boolean> => {
      const verdict = await check(basic('ed', PASSWORD))
      return verdict.ok && verdict.principal.scopes.has('metrics:write')
    }
    expect(await scopes()).toBe(true)
    await access.control.accounts.change(OPERATOR, await idOf('ed'), { role: 'viewer' })
    expect(await scopes()).toBe(false)
  })

  it('are throttled: the right one, too, until the time is over', async () => {
    for (let time = 0; time < 3; time++) await check(basic('ada', `wrong ${time}`))
    expect(await check(basic('ada', PASSWORD))).toEqual({
      ok: false,
      reason: 'throttled',
      retryAfterMs: 1000,
    })
    expect(await check(basic('ada', PASSWORD), '10.0.0.2')).toMatchObject({ ok: true })
  })
})

describe('tokens', () => {
  it('are accepted as bearer and as the password of any user', async () => {
    const { token } = await createToken(['metrics:read'])
    const verdict = {
      ok: true,
      principal: { kind: 'token', name: 'token ci', scopes: new Set(['metrics:read']) },
    }
    expect(await check({ kind: 'bearer', token })).toEqual(verdict)
    expect(check({ kind: 'bearer', token })).toEqual(verdict)
    expect(await check(basic('api_key', token))).toEqual(verdict)
    expect(await check(basic('', token))).toEqual(verdict)
  })

  it('end when they expire, also while they are remembered', async () => {
    const { token } = await createToken(['metrics:read'], 5000)
    expect(await check({ kind: 'bearer', token })).toMatchObject({ ok: true })
    access.nowMs += 5000
    expect(await check({ kind: 'bearer', token })).toEqual({ ok: false, reason: 'wrong' })
  })

  it('end at once when they are revoked', async () => {
    const { token, stored } = await createToken(['metrics:read'])
    expect(await check({ kind: 'bearer', token })).toMatchObject({ ok: true })
    await access.control.tokens.revoke(OPERATOR, stored.id)
    expect(await check({ kind: 'bearer', token })).toEqual({ ok: false, reason: 'wrong' })
  })

  it('note when they were used', async () => {
    const { token } = await createToken(['metrics:read'])
    await check({ kind: 'bearer', token }, '10.0.0.7')
    expect(await access.control.tokens.list()).toMatchObject([
      { lastUsedMs: access.nowMs, lastUsedAddress: '10.0.0.7' },
    ])
  })

  it('that were never given, and other texts, are wrong', async () => {
    const texts = [
      '',
      'vdt_',
      `vdt_${'a'.repeat(43)}`,
      'x'.repeat(100_000),
      `vdt_${'é'.repeat(43)}`,
    ]
    for (const token of texts) {
      expect(await check({ kind: 'bearer', token })).toEqual({ ok: false, reason: 'wrong' })
    }
  })
})

describe('browsers', () => {
  it('are known by what the cookie holds', async () => {
    const id = await signIn()
    const verdict = await check({ kind: 'cookie', id })
    expect(verdict).toMatchObject({ ok: true, principal: { name: 'ada', kind: 'user' } })
    expect(verdict.ok && verdict.principal.browser?.csrf).toMatch(/^[\w-]{43}$/)
    expect(await check({ kind: 'cookie', id: 'x'.repeat(43) })).toMatchObject({ ok: false })
  })

  it('have to sign in again when they were away, and at last in any case', async () => {
    const idle = await signIn()
    access.nowMs += 7 * 24 * HOUR_MS
    expect(await check({ kind: 'cookie', id: idle })).toMatchObject({ ok: false })
    const busy = await signIn()
    for (let day = 1; day < 30; day++) {
      access.nowMs += 24 * HOUR_MS
      expect(await check({ kind: 'cookie', id: busy })).toMatchObject({ ok: true })
    }
    access.nowMs += 24 * HOUR_MS
    expect(await check({ kind: 'cookie', id: busy })).toMatchObject({ ok: false })
  })

  it('end what their cookie held before, at each sign-in and sign-out', async () => {
    const first = await signIn()
    const second = await signIn('ed', first)
    expect(second).not.toBe(first)
    expect(await check({ kind: 'cookie', id: first })).toMatchObject({ ok: false })
    const verdict = await check({ kind: 'cookie', id: second })
    if (!verdict.ok) throw new Error('not signed in')
    await access.control.browsers.signOut({ principal: verdict.principal, address: '' })
    expect(await check({ kind: 'cookie', id: second })).toMatchObject({ ok: false })
  })

  it('are signed out by a new password, except the one that set it', async () => {
    const [own, other] = [await signIn('vi'), await signIn('vi')]
    const verdict = await check({ kind: 'cookie', id: own })
    if (!verdict.ok) throw new Error('not signed in')
    const by = { principal: verdict.principal, address: '10.0.0.1' }
    const { accounts } = access.control
    const next = 'another horse battery staple'
    await expect(accounts.changeOwnPassword(by, 'wrong', next)).rejects.toThrow(/wrong/)
    await expect(accounts.changeOwnPassword(by, PASSWORD, 'short')).rejects.toThrow(/20/)
    await accounts.changeOwnPassword(by, PASSWORD, next)
    expect(await check({ kind: 'cookie', id: own })).toMatchObject({ ok: true })
    expect(await check({ kind: 'cookie', id: other })).toMatchObject({ ok: false })
  })
})

describe('without the metadata', () => {
  it('what was seen lately goes on, and the rest is asked to come again', async () => {
    const { token } = await createToken(['metrics:read'])
    await check({ kind: 'bearer', token })
    await access.control.audit.flush()
    await access.metadata.close()
    expect(check({ kind: 'bearer', token })).toMatchObject({ ok: true })
    expect(await check(basic('ada', PASSWORD))).toMatchObject({
      ok: false,
      reason: 'unavailable',
    })
  })
})

describe('the audit log', () => {
  const actions = async (): Promise<readonly string[]> => {
    const entries = await access.control.audit.list({
      fromMs: 0,
      toMs: Number.MAX_SAFE_INTEGER,
      limit: 100,
    })
    return entries.map(({ actor, action, target, failed, details }) =>
      [actor, action, target, failed ? 'failed' : 'done', details].join('|'),
    )
  }

  it('says who did what, and never a secret', async () => {
    await signIn()
    const { token, stored } = await createToken(['metrics:read'])
    await access.control.tokens.revoke(OPERATOR, stored.id)
    await access.control.accounts.change(OPERATOR, await idOf('vi'), {
      role: 'editor',
      password: 'another horse battery staple',
    })
    await access.control.accounts.remove(OPERATOR, await idOf('ed'))
    expect(await actions()).toEqual([
      'loopback|user.remove|ed|done|',
      'loopback|user.change|vi|done|role editor, password',
      'loopback|token.revoke|ci|done|',
      'loopback|token.create|ci|done|metrics:read',
      'ada|sign-in|ada|done|',
      'loopback|user.create|vi|done|role viewer',
      'loopback|user.create|ed|done|role editor',
      'loopback|user.create|ada|done|role admin',
    ])
    const log = access.lines.join('')
    for (const secret of [token, PASSWORD, 'another horse', '$argon2id']) {
      expect(log).not.toContain(secret)
    }
  })

  it('notes failures at 1, 2, 4 … of them, without what was tried', async () => {
    for (let time = 0; time < 5; time++) {
      await check(basic('ada\nx', `my secret ${time}`))
      access.nowMs += 60_000
    }
    expect((await actions()).slice(0, 3)).toEqual([
      'nobody|sign-in|ada x|failed|4 failures from this address',
      'nobody|sign-in|ada x|failed|2 failures from this address',
      'nobody|sign-in|ada x|failed|',
    ])
    expect(access.lines.join('')).not.toContain('my secret')
  })
})
