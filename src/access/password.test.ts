import { describe, expect, it } from 'vitest'
import { generatePassword, passwordFault, Passwords } from './password.ts'

describe('passwords', () => {
  it('have at least 20 characters, as a person counts them', () => {
    expect(passwordFault('x'.repeat(19))).toMatch(/at least 20/)
    expect(passwordFault('🐎'.repeat(10))).toMatch(/at least 20/)
    expect(passwordFault('x'.repeat(20))).toBeUndefined()
    expect(passwordFault('é'.repeat(513))).toMatch(/at most 1024 bytes/)
  })

  it('are generated with 24 characters, never the same', () => {
    const all = new Set(Array.from({ length: 50 }, generatePassword))
    expect(all.size).toBe(50)
    for (const password of all) expect(password).toMatch(/^[A-HJ-NP-Za-km-z2-9]{24}$/)
  })

  it('are kept as argon2id and verified', async () => {
    const passwords = new Passwords()
    const hash = await passwords.hash('correct horse battery')
    expect(hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/)
    expect(await passwords.verify(hash, 'correct horse battery')).toBe(true)
    expect(await passwords.verify(hash, 'correct horse batterx')).toBe(false)
    expect(await passwords.verify(undefined, 'correct horse battery')).toBe(false)
    expect(await passwords.verify(hash, 'x'.repeat(100_000))).toBe(false)
  })

  it('are hashed one at a time, and a queue that grows too long is refused', async () => {
    const passwords = new Passwords()
    const hash = await passwords.hash('correct horse battery')
    const all = Array.from({ length: 70 }, () => passwords.verify(hash, 'wrong'))
    const outcomes = await Promise.allSettled(all)
    const refused = outcomes.filter(({ status }) => status === 'rejected')
    expect(refused.length).toBeGreaterThan(0)
    expect(refused.length).toBeLessThan(10)
    expect(await passwords.verify(hash, 'correct horse battery')).toBe(true)
  })
})
