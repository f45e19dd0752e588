#pragma once

/// Messages over byte streams: framing policies, codecs, channels, handles inside messages.

#include "wire/bytes_codec.hpp"
#include "wire/channel.hpp"
#include "wire/channel_options.hpp"
#include "wire/channel_statistics.hpp"
#include "wire/codec.hpp"
#include "wire/framing.hpp"
#include "wire/give.hpp"
#include "wire/handle_adapter.hpp"
#include "wire/json_codec.hpp"
#include "wire/length_prefix.hpp"
#include "wire/message.hpp"
#include "wire/message_error.hpp"
