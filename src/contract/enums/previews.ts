/** What of a point can be shown in the browser: text, and images that cannot hold anything that runs. Never SVG or HTML. */

export const previewImageMedia = ['image/png', 'image/jpeg', 'image/gif', 'image/webp'] as const
export type PreviewImageMedia = (typeof previewImageMedia)[number]

export const previewTextMedia = 'text/plain; charset=utf-8'
export const previewMedia = [previewTextMedia, ...previewImageMedia] as const

/** More of a text is not shown. */
export const previewTextBytesMax = 256 * 1024
/** Larger images are not shown. */
export const previewImageBytesMax = 8 * 1024 * 1024
