// Finds a URL for a video or an audio: the server's if it has the file, else one of data from the kernel.

/**
 * Finds a URL for a video.
 *
 * `video` has `file` (its path relative to the notebook) and `size` (null if not known); `key` is the kernel's name for it;
 * `progress` is called with 0 … 1 while the kernel sends it.
 */
export async function findSource(video, key, ask, progress = () => {}) {
  const url = served(video.file);
  if (url && (await isThere(url, video.size))) return { url, release() {} };
  const blob = await fromKernel(key, ask, progress);
  const local = URL.createObjectURL(blob);
  return { url: local, release: () => URL.revokeObjectURL(local) };
}

/** The URL at which JupyterLab, Notebook or Voila serves a file beside or below the notebook; null if none does. */
function served(file) {
  const config = JSON.parse(document.getElementById("jupyter-config-data")?.textContent ?? "{}");
  const base = config.baseUrl ?? "/";
  const page = location.pathname.slice(base.length);
  const notebook = /^(?:lab(?:\/workspaces\/[^/]+)?\/tree|notebooks|doc\/tree|voila\/render)\/(.+)$/.exec(page);
  const voila = /voila/.test(config.fullStaticUrl ?? "");
  if (!notebook && !voila) return null;
  const prefix = voila ? "voila/files/" : "files/";
  const files = new URL(`${base}${prefix}${notebook?.[1] ?? ""}`, location.href);
  const { href } = new URL(file.split("/").map(encodeURIComponent).join("/"), files);
  return href.startsWith(new URL(`${base}${prefix}`, location.href).href) ? href : null; // files above the root are not served
}

/** Whether the server has the file. Its size is compared, as another file may have the same name. */
async function isThere(url, size) {
  try {
    const answer = await fetch(url, { method: "HEAD" });
    return answer.ok && (size === null || Number(answer.headers.get("Content-Length")) === size);
  } catch {
    return false;
  }
}

/** Fetches a video from the kernel, part by part. */
export async function fromKernel(key, ask, progress) {
  const parts = [];
  let received = 0;
  for (;;) {
    const answer = await ask({ op: "blob", video: key, offset: received });
    if (answer.error) throw new Error(answer.error);
    const [part] = answer.buffers;
    parts.push(part);
    received += part.byteLength;
    progress(received / answer.total);
    if (received >= answer.total || !part.byteLength) return new Blob(parts, { type: answer.mime });
  }
}
