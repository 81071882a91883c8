// SPDX-License-Identifier: Apache-2.0
// swift-format-ignore-file
//
// Written by Tests/Scripts/embed-models from config/models. Change the files there.

/// The files of config/models by name, as they are.
let embeddedProfiles: [(file: String, text: String)] = [
  (
    file: "sora-2-characters-pro.json",
    text: #"""
      {
        "model": "sora-2-characters-pro",
        "title": "Sora 2 Pro, characters from a task",
        "capabilities": { "progressCallback": false, "result": "object" },
        "request": {
          "type": "object",
          "required": ["model", "input"],
          "properties": {
            "model": {
              "description": "The model.",
              "type": "string",
              "enum": ["sora-2-characters-pro"],
              "default": "sora-2-characters-pro"
            },
            "callBackUrl": {
              "description": "Where the provider reports the end of the task.",
              "type": "string",
              "format": "uri"
            },
            "input": {
              "description": "Parameters of the generation.",
              "type": "object",
              "required": ["origin_task_id", "timestamps", "character_prompt"],
              "properties": {
                "origin_task_id": {
                  "description": "Id, with the provider, of the task whose video shows the character.",
                  "type": "string",
                  "minLength": 1,
                  "maxLength": 100
                },
                "timestamps": {
                  "description": "Where in that video the character is: seconds, as \"3.55,5.55\", 1 to 4 apart.",
                  "type": "string"
                },
                "character_prompt": {
                  "description": "What the character is like.",
                  "type": "string",
                  "minLength": 1,
                  "maxLength": 5000
                },
                "character_user_name": {
                  "description": "Name to call the character by.",
                  "type": "string",
                  "maxLength": 40
                },
                "safety_instruction": {
                  "description": "What must not be shown.",
                  "type": "string",
                  "maxLength": 5000
                }
              }
            }
          }
        },
        "rules": [
          { "rule": "interval", "of": "/timestamps", "minimum": 1, "maximum": 4 }
        ]
      }

      """#
  ),
  (
    file: "sora-2-characters.json",
    text: #"""
      {
        "model": "sora-2-characters",
        "title": "Sora 2, characters from a video",
        "capabilities": { "progressCallback": false, "result": "object" },
        "request": {
          "type": "object",
          "required": ["model", "input"],
          "properties": {
            "model": {
              "description": "The model.",
              "type": "string",
              "enum": ["sora-2-characters"],
              "default": "sora-2-characters"
            },
            "callBackUrl": {
              "description": "Where the provider reports the end of the task.",
              "type": "string",
              "format": "uri"
            },
            "input": {
              "description": "Parameters of the generation.",
              "type": "object",
              "required": ["character_file_url"],
              "properties": {
                "character_file_url": {
                  "description": "Address of one video of the character: mp4, webm or avi, up to 10 MB, 1 to 4 seconds.",
                  "type": "array",
                  "items": { "type": "string", "format": "uri" },
                  "minItems": 1,
                  "maxItems": 1
                },
                "character_prompt": {
                  "description": "What the character is like.",
                  "type": "string",
                  "maxLength": 5000
                },
                "safety_instruction": {
                  "description": "What must not be shown.",
                  "type": "string",
                  "maxLength": 5000
                }
              }
            }
          }
        }
      }

      """#
  ),
  (
    file: "sora-2-image-to-video-stable.json",
    text: #"""
      {
        "model": "sora-2-image-to-video-stable",
        "title": "Sora 2 stable, image to video",
        "capabilities": { "progressCallback": false, "result": "files" },
        "request": {
          "type": "object",
          "required": ["model", "input"],
          "properties": {
            "model": {
              "description": "The model.",
              "type": "string",
              "enum": ["sora-2-image-to-video-stable"],
              "default": "sora-2-image-to-video-stable"
            },
            "callBackUrl": {
              "description": "Where the provider reports the end of the task.",
              "type": "string",
              "format": "uri"
            },
            "input": {
              "description": "Parameters of the generation.",
              "type": "object",
              "required": ["prompt", "image_urls"],
              "properties": {
                "prompt": {
                  "description": "What the video shows.",
                  "type": "string",
                  "minLength": 1,
                  "maxLength": 10000
                },
                "image_urls": {
                  "description": "Address of the first frame, which the provider can fetch: jpeg, png or webp, up to 10 MB.",
                  "type": "array",
                  "items": { "type": "string", "format": "uri" },
                  "minItems": 1,
                  "maxItems": 1
                },
                "aspect_ratio": {
                  "description": "Orientation of the video.",
                  "type": "string",
                  "enum": ["portrait", "landscape"],
                  "default": "landscape"
                },
                "n_frames": {
                  "description": "Length of the video in seconds, as a string despite the name.",
                  "type": "string",
                  "enum": ["10", "15"],
                  "default": "10"
                },
                "character_id_list": {
                  "description": "Ids of characters made with sora-2-characters, to appear in the video.",
                  "type": "array",
                  "items": { "type": "string" },
                  "maxItems": 5
                },
                "upload_method": {
                  "description": "Storage that the result is put on.",
                  "type": "string",
                  "enum": ["s3", "oss"],
                  "default": "s3"
                }
              }
            }
          }
        }
      }

      """#
  ),
  (
    file: "sora-2-image-to-video.json",
    text: #"""
      {
        "model": "sora-2-image-to-video",
        "title": "Sora 2, image to video",
        "capabilities": { "progressCallback": true, "result": "files" },
        "request": {
          "type": "object",
          "required": ["model", "input"],
          "properties": {
            "model": {
              "description": "The model.",
              "type": "string",
              "enum": ["sora-2-image-to-video"],
              "default": "sora-2-image-to-video"
            },
            "callBackUrl": {
              "description": "Where the provider reports the end of the task.",
              "type": "string",
              "format": "uri"
            },
            "progressCallBackUrl": {
              "description": "Where the provider reports progress.",
              "type": "string",
              "format": "uri"
            },
            "input": {
              "description": "Parameters of the generation.",
              "type": "object",
              "required": ["prompt", "image_urls"],
              "properties": {
                "prompt": {
                  "description": "What the video shows.",
                  "type": "string",
                  "minLength": 1,
                  "maxLength": 10000
                },
                "image_urls": {
                  "description": "Address of the first frame, which the provider can fetch: jpeg, png or webp, up to 10 MB.",
                  "type": "array",
                  "items": { "type": "string", "format": "uri" },
                  "minItems": 1,
                  "maxItems": 1
                },
                "aspect_ratio": {
                  "description": "Orientation of the video.",
                  "type": "string",
                  "enum": ["portrait", "landscape"],
                  "default": "landscape"
                },
                "n_frames": {
                  "description": "Length of the video in seconds, as a string despite the name.",
                  "type": "string",
                  "enum": ["10", "15"],
                  "default": "10"
                },
                "remove_watermark": {
                  "description": "Whether the video is delivered without watermark.",
                  "type": "boolean"
                },
                "character_id_list": {
                  "description": "Ids of characters made with sora-2-characters, to appear in the video.",
                  "type": "array",
                  "items": { "type": "string" },
                  "maxItems": 5
                },
                "upload_method": {
                  "description": "Storage that the result is put on.",
                  "type": "string",
                  "enum": ["s3", "oss"],
                  "default": "s3"
                }
              }
            }
          }
        }
      }

      """#
  ),
  (
    file: "sora-2-pro-image-to-video.json",
    text: #"""
      {
        "model": "sora-2-pro-image-to-video",
        "title": "Sora 2 Pro, image to video",
        "capabilities": { "progressCallback": true, "result": "files" },
        "request": {
          "type": "object",
          "required": ["model", "input"],
          "properties": {
            "model": {
              "description": "The model.",
              "type": "string",
              "enum": ["sora-2-pro-image-to-video"],
              "default": "sora-2-pro-image-to-video"
            },
            "callBackUrl": {
              "description": "Where the provider reports the end of the task.",
              "type": "string",
              "format": "uri"
            },
            "progressCallBackUrl": {
              "description": "Where the provider reports progress.",
              "type": "string",
              "format": "uri"
            },
            "input": {
              "description": "Parameters of the generation.",
              "type": "object",
              "required": ["prompt", "image_urls"],
              "properties": {
                "prompt": {
                  "description": "What the video shows.",
                  "type": "string",
                  "minLength": 1,
                  "maxLength": 10000
                },
                "image_urls": {
                  "description": "Address of the first frame, which the provider can fetch: jpeg, png or webp, up to 10 MB.",
                  "type": "array",
                  "items": { "type": "string", "format": "uri" },
                  "minItems": 1,
                  "maxItems": 1
                },
                "aspect_ratio": {
                  "description": "Orientation of the video.",
                  "type": "string",
                  "enum": ["portrait", "landscape"],
                  "default": "landscape"
                },
                "n_frames": {
                  "description": "Length of the video in seconds, as a string despite the name.",
                  "type": "string",
                  "enum": ["10", "15"],
                  "default": "10"
                },
                "size": {
                  "description": "Resolution of the video.",
                  "type": "string",
                  "enum": ["standard", "high"],
                  "default": "standard"
                },
                "remove_watermark": {
                  "description": "Whether the video is delivered without watermark.",
                  "type": "boolean"
                },
                "character_id_list": {
                  "description": "Ids of characters made with sora-2-characters, to appear in the video.",
                  "type": "array",
                  "items": { "type": "string" },
                  "maxItems": 5
                },
                "upload_method": {
                  "description": "Storage that the result is put on.",
                  "type": "string",
                  "enum": ["s3", "oss"],
                  "default": "s3"
                }
              }
            }
          }
        }
      }

      """#
  ),
  (
    file: "sora-2-pro-storyboard.json",
    text: #"""
      {
        "model": "sora-2-pro-storyboard",
        "title": "Sora 2 Pro, storyboard",
        "capabilities": { "progressCallback": false, "result": "files" },
        "request": {
          "type": "object",
          "required": ["model", "input"],
          "properties": {
            "model": {
              "description": "The model.",
              "type": "string",
              "enum": ["sora-2-pro-storyboard"],
              "default": "sora-2-pro-storyboard"
            },
            "callBackUrl": {
              "description": "Where the provider reports the end of the task.",
              "type": "string",
              "format": "uri"
            },
            "input": {
              "description": "Parameters of the generation.",
              "type": "object",
              "required": ["n_frames", "shots"],
              "properties": {
                "n_frames": {
                  "description": "Length of the video in seconds, as a string despite the name.",
                  "type": "string",
                  "enum": ["10", "15", "25"],
                  "default": "15"
                },
                "shots": {
                  "description": "The shots in order; together no longer than n_frames.",
                  "type": "array",
                  "items": {
                    "type": "object",
                    "required": ["Scene", "duration"],
                    "properties": {
                      "Scene": {
                        "description": "What this shot shows. The capital S is the provider's.",
                        "type": "string",
                        "minLength": 1
                      },
                      "duration": {
                        "description": "Length of the shot in seconds.",
                        "type": "number",
                        "minimum": 0.1,
                        "maximum": 15
                      }
                    }
                  },
                  "minItems": 1,
                  "maxItems": 10
                },
                "image_urls": {
                  "description": "Address of the first frame, which the provider can fetch: jpeg, png or webp, up to 10 MB.",
                  "type": "array",
                  "items": { "type": "string", "format": "uri" },
                  "minItems": 1,
                  "maxItems": 1
                },
                "aspect_ratio": {
                  "description": "Orientation of the video.",
                  "type": "string",
                  "enum": ["portrait", "landscape"],
                  "default": "landscape"
                },
                "upload_method": {
                  "description": "Storage that the result is put on.",
                  "type": "string",
                  "enum": ["s3", "oss"],
                  "default": "s3"
                }
              }
            }
          }
        },
        "rules": [
          {
            "rule": "sum",
            "of": "/shots",
            "member": "duration",
            "atMost": "/n_frames"
          }
        ]
      }

      """#
  ),
  (
    file: "sora-2-pro-text-to-video.json",
    text: #"""
      {
        "model": "sora-2-pro-text-to-video",
        "title": "Sora 2 Pro, text to video",
        "capabilities": { "progressCallback": true, "result": "files" },
        "request": {
          "type": "object",
          "required": ["model", "input"],
          "properties": {
            "model": {
              "description": "The model.",
              "type": "string",
              "enum": ["sora-2-pro-text-to-video"],
              "default": "sora-2-pro-text-to-video"
            },
            "callBackUrl": {
              "description": "Where the provider reports the end of the task.",
              "type": "string",
              "format": "uri"
            },
            "progressCallBackUrl": {
              "description": "Where the provider reports progress.",
              "type": "string",
              "format": "uri"
            },
            "input": {
              "description": "Parameters of the generation.",
              "type": "object",
              "required": ["prompt"],
              "properties": {
                "prompt": {
                  "description": "What the video shows.",
                  "type": "string",
                  "minLength": 1,
                  "maxLength": 10000
                },
                "aspect_ratio": {
                  "description": "Orientation of the video.",
                  "type": "string",
                  "enum": ["portrait", "landscape"],
                  "default": "landscape"
                },
                "n_frames": {
                  "description": "Length of the video in seconds, as a string despite the name.",
                  "type": "string",
                  "enum": ["10", "15"],
                  "default": "10"
                },
                "size": {
                  "description": "Resolution of the video.",
                  "type": "string",
                  "enum": ["standard", "high"],
                  "default": "high"
                },
                "remove_watermark": {
                  "description": "Whether the video is delivered without watermark.",
                  "type": "boolean"
                },
                "character_id_list": {
                  "description": "Ids of characters made with sora-2-characters, to appear in the video.",
                  "type": "array",
                  "items": { "type": "string" },
                  "maxItems": 5
                },
                "upload_method": {
                  "description": "Storage that the result is put on.",
                  "type": "string",
                  "enum": ["s3", "oss"],
                  "default": "s3"
                }
              }
            }
          }
        }
      }

      """#
  ),
  (
    file: "sora-2-text-to-video-stable.json",
    text: #"""
      {
        "model": "sora-2-text-to-video-stable",
        "title": "Sora 2 stable, text to video",
        "capabilities": { "progressCallback": false, "result": "files" },
        "request": {
          "type": "object",
          "required": ["model", "input"],
          "properties": {
            "model": {
              "description": "The model.",
              "type": "string",
              "enum": ["sora-2-text-to-video-stable"],
              "default": "sora-2-text-to-video-stable"
            },
            "callBackUrl": {
              "description": "Where the provider reports the end of the task.",
              "type": "string",
              "format": "uri"
            },
            "input": {
              "description": "Parameters of the generation.",
              "type": "object",
              "required": ["prompt"],
              "properties": {
                "prompt": {
                  "description": "What the video shows.",
                  "type": "string",
                  "minLength": 1,
                  "maxLength": 10000
                },
                "aspect_ratio": {
                  "description": "Orientation of the video.",
                  "type": "string",
                  "enum": ["portrait", "landscape"],
                  "default": "landscape"
                },
                "n_frames": {
                  "description": "Length of the video in seconds, as a string despite the name.",
                  "type": "string",
                  "enum": ["10", "15"],
                  "default": "10"
                },
                "character_id_list": {
                  "description": "Ids of characters made with sora-2-characters, to appear in the video.",
                  "type": "array",
                  "items": { "type": "string" },
                  "maxItems": 5
                },
                "upload_method": {
                  "description": "Storage that the result is put on.",
                  "type": "string",
                  "enum": ["s3", "oss"],
                  "default": "s3"
                }
              }
            }
          }
        }
      }

      """#
  ),
  (
    file: "sora-2-text-to-video.json",
    text: #"""
      {
        "model": "sora-2-text-to-video",
        "title": "Sora 2, text to video",
        "capabilities": { "progressCallback": true, "result": "files" },
        "request": {
          "type": "object",
          "required": ["model", "input"],
          "properties": {
            "model": {
              "description": "The model.",
              "type": "string",
              "enum": ["sora-2-text-to-video"],
              "default": "sora-2-text-to-video"
            },
            "callBackUrl": {
              "description": "Where the provider reports the end of the task.",
              "type": "string",
              "format": "uri"
            },
            "progressCallBackUrl": {
              "description": "Where the provider reports progress.",
              "type": "string",
              "format": "uri"
            },
            "input": {
              "description": "Parameters of the generation.",
              "type": "object",
              "required": ["prompt"],
              "properties": {
                "prompt": {
                  "description": "What the video shows.",
                  "type": "string",
                  "minLength": 1,
                  "maxLength": 10000
                },
                "aspect_ratio": {
                  "description": "Orientation of the video.",
                  "type": "string",
                  "enum": ["portrait", "landscape"],
                  "default": "landscape"
                },
                "n_frames": {
                  "description": "Length of the video in seconds, as a string despite the name.",
                  "type": "string",
                  "enum": ["10", "15"],
                  "default": "10"
                },
                "remove_watermark": {
                  "description": "Whether the video is delivered without watermark.",
                  "type": "boolean"
                },
                "character_id_list": {
                  "description": "Ids of characters made with sora-2-characters, to appear in the video.",
                  "type": "array",
                  "items": { "type": "string" },
                  "maxItems": 5
                },
                "upload_method": {
                  "description": "Storage that the result is put on.",
                  "type": "string",
                  "enum": ["s3", "oss"],
                  "default": "s3"
                }
              }
            }
          }
        }
      }

      """#
  ),
  (
    file: "sora-watermark-remover.json",
    text: #"""
      {
        "model": "sora-watermark-remover",
        "title": "Sora, watermark remover",
        "capabilities": { "progressCallback": false, "result": "files" },
        "request": {
          "type": "object",
          "required": ["model", "input"],
          "properties": {
            "model": {
              "description": "The model.",
              "type": "string",
              "enum": ["sora-watermark-remover"],
              "default": "sora-watermark-remover"
            },
            "callBackUrl": {
              "description": "Where the provider reports the end of the task.",
              "type": "string",
              "format": "uri"
            },
            "input": {
              "description": "Parameters of the generation.",
              "type": "object",
              "required": ["video_url"],
              "properties": {
                "video_url": {
                  "description": "Address of a published video on sora.chatgpt.com.",
                  "type": "string",
                  "format": "uri",
                  "maxLength": 500
                },
                "upload_method": {
                  "description": "Storage that the result is put on.",
                  "type": "string",
                  "enum": ["s3", "oss"],
                  "default": "s3"
                }
              }
            }
          }
        },
        "rules": [
          { "rule": "host", "of": "/video_url", "anyOf": ["sora.chatgpt.com"] }
        ]
      }

      """#
  ),
]
