import type { ReactNode } from 'react'
import styles from './alerts.module.css'

/** Ends before what more likely closes the sentence than belongs to the address. */
const ADDRESS = /https?:\/\/[^\s<>"']*[^\s<>"'.,;:!?)\]]/gi

/** A text from outside in which addresses of http and https, and no others, can be followed. */
export function LinkedText({ text }: { readonly text: string }) {
  const pieces: ReactNode[] = []
  let at = 0
  for (const found of text.matchAll(ADDRESS)) {
    const url = found[0]
    if (!isWebAddress(url)) continue
    if (found.index > at) pieces.push(text.slice(at, found.index))
    pieces.push(
      <a key={found.index} className={styles['link']} href={url} target="_blank" rel="noreferrer">
        {url}
      </a>,
    )
    at = found.index + url.length
  }
  pieces.push(text.slice(at))
  return <>{pieces}</>
}

function isWebAddress(url: string): boolean {
  if (!URL.canParse(url)) return false
  const { protocol } = new URL(url)
  return protocol === 'http:' || protocol === 'https:'
}
