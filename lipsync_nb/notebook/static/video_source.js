// Where the browser gets a video from: the server if it has the file, else the kernel.

/**
 * Finds a URL for a video.
 *
 * `video` has `file` (its path relative to the notebook) and `size` (null if not known); `key` names it to the kernel;
 * `progress` is called with 0 … 1 while the kernel sends it.
 */
export async function findSource(video, key, ask, progress = () => {}) {
  const url = served(video.file);
  if (url && (await isThere(url, video.size))) return { url, release() {} };
  const blob = await fromKernel(key, ask, progress);
  const local = URL.createObjectURL(blob);
  return { url: local, release: () => URL.revokeObjectURL(local) };
}

/** Where JupyterLab, Notebook or Voila serves a file beside or below the notebook. */
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
  return href.startsWith(new URL(`${base}${prefix}`, location.href).href) ? href : null; // not from above the root
}

/** Whether the server has it; by its size, as another notebook may have a file of that name. */
async function isThere(url, size) {
  try {
    const answer = await fetch(url, { method: "HEAD" });
    return answer.ok && (size === null || Number(answer.headers.get("Content-Length")) === size);
  } catch {
    return false;
  }
}

/** Fetches a video from the kernel, piece by piece. */
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
