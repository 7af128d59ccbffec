import { userInfo } from 'node:os'

/** Who types: `USER`, or the name of the account that runs this (cron and services have no `USER`); empty where it has none. */
export function ownName(): string {
  const { USER: user = '' } = process.env
  if (user !== '') return user
  try {
    return userInfo().username
  } catch {
    return ''
  }
}
