/** A file that the server makes, by a link: the browser stores it. */
import { Button } from '@mantine/core'
import { IconDownload } from '@tabler/icons-react'

export function DownloadButton({ href, label }: { readonly href: string; readonly label: string }) {
  return (
    <Button
      component="a"
      href={href}
      download
      variant="default"
      leftSection={<IconDownload size={16} aria-hidden />}
    >
      {label}
    </Button>
  )
}
