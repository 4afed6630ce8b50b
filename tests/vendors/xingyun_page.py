"""The programs on Xingyun's page (1.3, and 1.2 of its demo): their functions, untouched."""
# ruff: noqa: Q000, UP030, UP032
# fmt: off

import hashlib
import json
import time


def encode_with_md5(s):
    m = hashlib.md5()
    m.update(s.encode('utf-8'))
    return m.hexdigest()


def headers_need_sign(ak, secret, method, url, data):
    headers = {}
    t = int(time.time())

    data = json.dumps(dict(
        data), sort_keys=True).replace(' ', '')
    ori_sign = '{0}{1}{2}{3}{4}'.format(url.lower(), method.lower(), data, secret, t)
    sign = encode_with_md5(ori_sign)
    headers["X-APP-ID"] = ak
    headers["X-TOKEN"] = sign
    headers["X-TIMESTAMP"] = str(t)
    return headers


def generate_x_token(data, secret, api_path, method, timestamp=None):
    lower_api_path = api_path.lower()
    lower_method = method.lower()
    sort_json_str = json.dumps(dict(data), sort_keys=True).replace(' ', '')
    x_timestamp = str(int(timestamp or time.time()))
    sign_str = f"{lower_api_path}{lower_method}{sort_json_str}{secret}{x_timestamp}"
    return hashlib.md5(sign_str.encode('utf-8')).hexdigest()
