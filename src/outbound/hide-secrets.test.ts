import { expect, it } from 'vitest'
import { hideSecrets } from './hide-secrets.ts'

it('secrets are hidden in all their forms', () => {
  const secret = 'https://u:pass@h.example/services/T0/B0/x y?key=1'
  const said = `no ${secret} /services/T0/B0/x%20y?key=1 pass a&b a%26b`
  expect(hideSecrets(said, [secret, 'a&b!'])).toBe('no <secret> <secret> <secret> a&b a%26b')
  expect(hideSecrets('is a&b! or a%26b!', ['a&b!'])).toBe('is <secret> or <secret>')
  expect(hideSecrets('ab', ['a', ''])).toBe('ab')
})
