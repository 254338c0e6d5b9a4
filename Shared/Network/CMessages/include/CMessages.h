// The messages of protos/llava/v1, as protoc-c generates them (deploy/dev/protos).
#include "llava/v1/admin.pb-c.h"
#include "llava/v1/common.pb-c.h"
#include "llava/v1/gateway.pb-c.h"
#include "llava/v1/generation.pb-c.h"
#include "llava/v1/health.pb-c.h"
#include "llava/v1/trace.pb-c.h"
#include "llava/v1/vision.pb-c.h"
