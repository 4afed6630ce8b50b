// Times, sizes and costs as text; text.py formats them the same way.

/** Seconds as `0:07`, `1:02:03` or `3 d 4 h`; a dash if they are unknown. */
export function clock(seconds) {
  if (seconds === null || !Number.isFinite(seconds)) return "–";
  const whole = Math.floor(seconds);
  const hours = Math.floor(whole / 3600);
  if (hours >= 48) return `${Math.floor(hours / 24)} d ${hours % 24} h`;
  const rest = String(whole % 60).padStart(2, "0");
  const minutes = Math.floor(whole / 60) % 60;
  return hours ? `${hours}:${String(minutes).padStart(2, "0")}:${rest}` : `${minutes}:${rest}`;
}

/** Bytes as kB or MB. */
export function bytes(size) {
  return size < 1e6 ? `${Math.ceil(size / 1e3)} kB` : `${(size / 1e6).toFixed(1)} MB`;
}

/** An amount with its unit; `≈` before an estimate. */
export function cost(amount, unit, estimated) {
  return `${estimated ? "≈ " : ""}${Number(amount.toFixed(2))} ${unit}`;
}
