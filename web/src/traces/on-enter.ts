import type { KeyboardEvent } from 'react'

/** Runs at Enter, unless that key chooses one of the offers of the field. */
export function onEnter(run: () => void): (event: KeyboardEvent) => void {
  return ({ key, currentTarget }) => {
    if (key === 'Enter' && !currentTarget.hasAttribute('aria-activedescendant')) run()
  }
}
