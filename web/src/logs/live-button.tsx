import { Button } from '@mantine/core'
import { IconBroadcast, IconPlayerStop } from '@tabler/icons-react'

export interface LiveButtonProps {
  readonly isLive: boolean
  readonly isOff: boolean
  readonly onChange: (isLive: boolean) => void
}

/** Follows the query live, or ends that. */
export function LiveButton({ isLive, isOff, onChange }: LiveButtonProps) {
  return (
    <Button
      variant={isLive ? 'light' : 'default'}
      disabled={isOff && !isLive}
      aria-pressed={isLive}
      leftSection={isLive ? <IconPlayerStop size={15} /> : <IconBroadcast size={15} />}
      onClick={() => onChange(!isLive)}
    >
      {isLive ? 'Stop' : 'Live'}
    </Button>
  )
}
