import { Button } from '@mantine/core'
import { useClipboard } from '@mantine/hooks'
import { IconCheck, IconShare3 } from '@tabler/icons-react'
import { absoluteRange } from '../time/time-range.ts'
import { useTime } from '../time/time-context.tsx'

/** Copies an address whose range stays where it is now. */
export function ShareButton({ isDisabled = false }: { readonly isDisabled?: boolean }) {
  const { resolved, zone } = useTime()
  const clipboard = useClipboard()
  const copy = (): void => {
    const url = new URL(location.href)
    const { from, to } = absoluteRange(resolved)
    url.searchParams.set('from', from)
    url.searchParams.set('to', to)
    url.searchParams.delete('refresh')
    if (zone !== 'browser') url.searchParams.set('timezone', zone)
    clipboard.copy(url.href)
  }
  return (
    <Button
      variant="default"
      disabled={isDisabled}
      leftSection={clipboard.copied ? <IconCheck size={15} /> : <IconShare3 size={15} />}
      onClick={copy}
    >
      {clipboard.copied ? 'Link copied' : 'Share'}
    </Button>
  )
}
