// Several videos that play, pause and seek together.

const DRIFT_GAIN = 2; // per second: a drift of 0.1 s is corrected at 1.2 times the speed
const MAX_SPEED_CHANGE = 0.25; // of the speed; a larger change would be audible
const SEEK_DRIFT_S = 0.5; // the drift from which a seek is better than a change of speed
const SEEK_INTERVAL_MS = 1000; // the shortest time between two seeks, as a seek takes time
const READY_TIMEOUT_MS = 3000; // for a seek or the first frames; after that, playing starts anyway

/** Plays videos together; `changed` is called whenever the display must be updated. */
export function syncedPlayback(videos, changed) {
  let [playing, speed, loop, sound, wanted, seeking, frame, starts] = [false, 1, false, 0, null, false, 0, 0];
  const sought = new Map();

  const duration = () => Math.max(0, ...videos.map(lengthOf));
  const canPlay = (video) => !video.ended && !video.error && video.readyState > 0;
  const longest = () => videos.reduce((most, video) => (lengthOf(video) > lengthOf(most) ? video : most));

  /** The video that the others follow: the one with sound, as a change of its speed would be audible. */
  function leader() {
    const audible = videos[sound];
    return audible && canPlay(audible) ? audible : longest();
  }

  function follow() {
    if (videos.some((video) => video.ended) && !videos.some(canPlay)) return end();
    const lead = leader();
    for (const video of videos.filter(canPlay)) {
      if (video === lead) video.playbackRate = speed;
      else keepUp(video, Math.min(lead.currentTime, video.duration));
      if (video.paused) video.play().catch(() => {});
    }
    changed();
    frame = requestAnimationFrame(follow);
  }

  function keepUp(video, time) {
    if (video.seeking) return;
    const drift = video.currentTime - time;
    const now = performance.now();
    if (Math.abs(drift) > SEEK_DRIFT_S && now - (sought.get(video) ?? -Infinity) > SEEK_INTERVAL_MS) {
      sought.set(video, now);
      video.currentTime = time;
    }
    video.playbackRate = speed * (1 - Math.max(-MAX_SPEED_CHANGE, Math.min(MAX_SPEED_CHANGE, drift * DRIFT_GAIN)));
  }

  async function end() {
    if (loop) return seek(0);
    pause();
  }

  async function start() {
    stop();
    const mine = starts;
    await Promise.all(videos.map(ready));
    if (mine === starts) follow();
  }

  /** Stops the videos, and cancels a start that is under way. */
  function stop() {
    starts += 1;
    cancelAnimationFrame(frame);
    for (const video of videos) video.pause();
  }

  async function play() {
    playing = true;
    changed();
    if (longest().ended) await seek(0);
    else await align(leader().currentTime);
  }

  function pause() {
    playing = false;
    stop();
    changed();
  }

  /** Seeks to a time; if it is called again meanwhile, only the last time counts. */
  async function seek(time) {
    wanted = Math.max(0, Math.min(time, duration()));
    if (seeking) return;
    seeking = true;
    while (wanted !== null) {
      const next = wanted;
      wanted = null;
      await align(next, false);
      changed();
    }
    seeking = false;
    if (playing) await start();
  }

  async function align(time, go = true) {
    stop();
    await Promise.all(videos.map((video) => moveTo(video, time)));
    if (go && playing) await start();
  }

  return {
    play,
    pause,
    seek,
    duration,
    toggle: () => (playing ? pause() : play()),
    get playing() {
      return playing;
    },
    get time() {
      return wanted ?? leader().currentTime;
    },
    get sound() {
      return sound;
    },
    setSpeed(next) {
      speed = next;
      for (const video of videos) video.playbackRate = speed;
    },
    setLoop(next) {
      loop = next;
    },
    /** Turns on the sound of one video; of none if -1. */
    setSound(index) {
      sound = index;
      videos.forEach((video, place) => {
        video.muted = place !== sound;
      });
      changed();
    },
    close() {
      playing = false; // so that an unfinished seek does not start the videos
      stop();
    },
  };
}

/** A video's length in seconds; 0 if it is unknown or the video cannot be played. */
function lengthOf(video) {
  return video.error ? 0 : video.duration || 0;
}

async function moveTo(video, time) {
  const target = Math.min(time, lengthOf(video));
  if (!video.readyState || video.error || Math.abs(video.currentTime - target) < 0.001) return;
  const done = eventOf(video, "seeked");
  video.currentTime = target;
  await done;
}

async function ready(video) {
  if (video.readyState < HTMLMediaElement.HAVE_FUTURE_DATA && !video.ended && video.src) await eventOf(video, "canplay");
}

function eventOf(video, event) {
  return new Promise((resolve) => {
    const late = setTimeout(resolve, READY_TIMEOUT_MS);
    video.addEventListener(event, () => resolve(clearTimeout(late)), { once: true });
  });
}
