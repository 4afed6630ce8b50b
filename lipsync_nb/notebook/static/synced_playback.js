// Several videos that play, pause and seek as one.

const PULL = 2; // per second: a drift of 0.1 s is made up for at 1.2 times the speed
const MOST_PULL = 0.25; // of the speed; more would be heard
const JUMP_S = 0.5; // from here on, a seek is better than a chase
const JUMP_EVERY_MS = 1000; // a seek takes time itself
const READY_MS = 3000; // for a seek, or for the first frames; then playing starts without it

/** Plays videos together; `changed` is called whenever something to be shown has changed. */
export function syncedPlayback(videos, changed) {
  let [playing, speed, loop, sound, wanted, seeking, frame, starts] = [false, 1, false, 0, null, false, 0, 0];
  const jumped = new Map();

  const duration = () => Math.max(0, ...videos.map(lengthOf));
  const runs = (video) => !video.ended && !video.error && video.readyState > 0;
  const longest = () => videos.reduce((most, video) => (lengthOf(video) > lengthOf(most) ? video : most));

  /** Whose time counts: the one that is heard, as a change of its speed would be heard. */
  function leader() {
    const heard = videos[sound];
    return heard && runs(heard) ? heard : longest();
  }

  function follow() {
    if (videos.some((video) => video.ended) && !videos.some(runs)) return end();
    const lead = leader();
    for (const video of videos.filter(runs)) {
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
    if (Math.abs(drift) > JUMP_S && now - (jumped.get(video) ?? -Infinity) > JUMP_EVERY_MS) {
      jumped.set(video, now);
      video.currentTime = time;
    }
    video.playbackRate = speed * (1 - Math.max(-MOST_PULL, Math.min(MOST_PULL, drift * PULL)));
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

  /** Stops; what was about to start does not start. */
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

  /** Seeks to a time; if others are asked for meanwhile, to the last of them. */
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
    /** Lets one be heard; -1 for none. */
    setSound(index) {
      sound = index;
      videos.forEach((video, place) => {
        video.muted = place !== sound;
      });
      changed();
    },
    close() {
      playing = false; // a seek that is under way starts nothing
      stop();
    },
  };
}

/** A video's length in seconds; 0 if it is not known, or cannot be played. */
function lengthOf(video) {
  return video.error ? 0 : video.duration || 0;
}

async function moveTo(video, time) {
  const target = Math.min(time, lengthOf(video));
  if (!video.readyState || video.error || Math.abs(video.currentTime - target) < 0.001) return;
  const done = happens(video, "seeked");
  video.currentTime = target;
  await done;
}

async function ready(video) {
  if (video.readyState < HTMLMediaElement.HAVE_FUTURE_DATA && !video.ended && video.src) await happens(video, "canplay");
}

function happens(video, event) {
  return new Promise((resolve) => {
    const late = setTimeout(resolve, READY_MS);
    video.addEventListener(event, () => resolve(clearTimeout(late)), { once: true });
  });
}
