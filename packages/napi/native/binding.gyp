{
  "targets": [
    {
      "target_name": "vnet",
      "sources": ["addon.cc", "socket.cc", "device.cc", "namespace.cc", "poll.cc", "batch.cc", "ring.cc", "packet.cc"],
      "dependencies": ["<!(node -p \"require('node-addon-api').targets\"):node_addon_api"],
      "defines": ["NAPI_VERSION=8", "NODE_API_SWALLOW_UNTHROWABLE_EXCEPTIONS"],
      "cflags_cc": ["-std=c++17", "-Wall", "-Wextra", "-O2", "-fvisibility=hidden"]
    }
  ]
}
